import { type BatchClient, DescribeJobsCommand } from '@aws-sdk/client-batch';
import type { Clock } from '../../ports/clock.ts';
import { askAgain, type Patience } from './backoff.ts';
import { type Described, isOver, type JobDetail, readAnswer } from './job-detail.ts';

/** DescribeJobs takes so many: https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html */
const idsPerCall = 100;

/** How many DescribeJobs calls are under way at once. */
const callsAtOnce = 4;

/** For how long an answer is good enough for those who follow a log, and how long they wait for company, in milliseconds. */
const freshness = 1_000;
const gathering = 50;

/** Job ids that Batch gives out; what has another form is nobody's. */
const idForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A job that somebody waits upon. Of all others nothing is kept: there may be tens of thousands. */
interface FollowedJob {
  readonly over: AbortController;
  seen?: { readonly at: number; readonly detail: JobDetail | undefined };
}

/**
 * Asks Batch for jobs, many at a time: the followers of logs share what the pipeline's own looks brought, and ask
 * together for the rest.
 */
export class KnownJobs {
  readonly #batch: BatchClient;
  readonly #patience: Patience;
  readonly #clock: Clock;
  readonly #followed = new Map<string, FollowedJob>();
  #wanted = new Set<string>();
  #gathered: Promise<Described> | undefined;

  constructor(batch: BatchClient, patience: Patience) {
    this.#batch = batch;
    this.#patience = patience;
    this.#clock = patience.clock;
  }

  /**
   * What Batch knows of these ids. Where it answers for some only, the others are unseen.
   * @throws whatever the SDK throws once AWS was asked a few times, where it answers for none
   */
  async describe(ids: readonly string[]): Promise<Described> {
    const wanted = [...new Set(ids)].filter((id) => idForm.test(id));
    const chunks = Array.from({ length: Math.ceil(wanted.length / idsPerCall) }, (_, index) =>
      wanted.slice(index * idsPerCall, (index + 1) * idsPerCall),
    );
    const queue = chunks[Symbol.iterator]();
    const found = new Map<string, JobDetail>();
    const unseen = new Map<string, unknown>();
    const unanswered = new Set(wanted);
    // A lane ends with its first failure: while AWS does not answer, it is not asked for one chunk after the other.
    const lane = async (): Promise<void> => {
      for (const chunk of queue) {
        const answer = await this.#ask(chunk);
        for (const [id, detail] of answer.found) found.set(id, detail);
        for (const [id, why] of answer.unseen) unseen.set(id, why);
        for (const id of chunk) unanswered.delete(id);
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: callsAtOnce }, lane));
    const failed = lanes.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') {
      if (unanswered.size === wanted.length) throw failed.reason;
      for (const id of unanswered) unseen.set(id, failed.reason);
    }
    return { found, unseen };
  }

  /**
   * A job as it is now; undefined when Batch does not know it.
   * @throws whatever kept it from being seen
   */
  async ask(id: string): Promise<JobDetail | undefined> {
    return jobIn(await this.describe([id]), id);
  }

  /**
   * A job as it was at most a second ago; undefined when Batch does not know it.
   * @throws whatever kept it from being seen
   */
  async lookUp(id: string): Promise<JobDetail | undefined> {
    const { seen } = this.#follow(id);
    if (seen?.detail !== undefined && isOver(seen.detail)) return seen.detail;
    if (seen !== undefined && this.#clock.now() - seen.at < freshness) return seen.detail;
    this.#wanted.add(id);
    this.#gathered ??= this.#gather();
    return jobIn(await this.#gathered, id);
  }

  /** Aborts as soon as anybody's look shows that the job is over. */
  over(id: string): AbortSignal {
    return this.#follow(id).over.signal;
  }

  forget(id: string): void {
    this.#followed.delete(id);
  }

  /** Costs those who follow a log a look, and nothing else. */
  forgetAll(): void {
    this.#followed.clear();
  }

  #follow(id: string): FollowedJob {
    const followed = this.#followed.get(id) ?? { over: new AbortController() };
    this.#followed.set(id, followed);
    return followed;
  }

  async #gather(): Promise<Described> {
    await this.#clock.sleep(gathering);
    const ids = [...this.#wanted];
    this.#wanted = new Set();
    this.#gathered = undefined;
    return this.describe(ids);
  }

  async #ask(ids: readonly string[]): Promise<Described> {
    const command = new DescribeJobsCommand({ jobs: [...ids] });
    const answer = await askAgain(() => this.#batch.send(command), this.#patience);
    const described = readAnswer(ids, answer.jobs ?? []);
    const at = this.#clock.now();
    for (const id of ids) {
      const followed = this.#followed.get(id);
      if (followed === undefined || described.unseen.has(id)) continue;
      const detail = described.found.get(id);
      followed.seen = { at, detail };
      if (detail !== undefined && isOver(detail)) followed.over.abort();
    }
    return described;
  }
}

function jobIn({ found, unseen }: Described, id: string): JobDetail | undefined {
  if (unseen.has(id)) throw unseen.get(id);
  return found.get(id);
}
