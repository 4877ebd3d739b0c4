import { type BatchClient, DescribeJobsCommand } from '@aws-sdk/client-batch';
import type { Clock } from '../../../ports/clock.ts';
import { type RetryContext, withAwsRetries } from './aws-retries.ts';
import { describeInChunks } from './describe-in-chunks.ts';
import { type Described, hasJobEnded, type JobDetail, readAnswer } from './job-detail.ts';

/** Milliseconds: how long log followers reuse a description, and how long a request waits to be batched with others. */
const freshness = 1_000;
const gathering = 50;

/** The form of Batch's job ids; an id of another form cannot exist. */
const idForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A job whose log is being followed. No other job is kept: there may be tens of thousands. */
interface FollowedJob {
  readonly over: AbortController;
  seen?: { readonly at: number; readonly detail: JobDetail | undefined };
}

/**
 * Describes Batch jobs, many per call: log followers reuse the results of the pipeline's own polls, and batch their
 * requests for the rest.
 */
export class JobDescriptions {
  readonly #batch: BatchClient;
  readonly #patience: RetryContext;
  readonly #clock: Clock;
  readonly #followed = new Map<string, FollowedJob>();
  #wanted = new Set<string>();
  #gathered: Promise<Described> | undefined;

  constructor(batch: BatchClient, patience: RetryContext) {
    this.#batch = batch;
    this.#patience = patience;
    this.#clock = patience.clock;
  }

  /**
   * What Batch knows of these ids. Where only some calls succeed, the ids of the others are `unseen`.
   * @throws the SDK's error once the retries are used up, when every call failed
   */
  async describe(ids: readonly string[]): Promise<Described> {
    const wanted = [...new Set(ids)].filter((id) => idForm.test(id));
    return describeInChunks(wanted, (chunk) => this.#ask(chunk));
  }

  /**
   * A job's current description; undefined when Batch does not know the job.
   * @throws the error that kept it from being described
   */
  async ask(id: string): Promise<JobDetail | undefined> {
    return jobIn(await this.describe([id]), id);
  }

  /**
   * A job's description, at most a second old; undefined when Batch does not know the job.
   * @throws the error that kept it from being described
   */
  async lookUp(id: string): Promise<JobDetail | undefined> {
    const { seen } = this.#follow(id);
    if (seen?.detail !== undefined && hasJobEnded(seen.detail)) return seen.detail;
    if (seen !== undefined && this.#clock.now() - seen.at < freshness) return seen.detail;
    this.#wanted.add(id);
    this.#gathered ??= this.#gather();
    return jobIn(await this.#gathered, id);
  }

  /** Aborts as soon as any description shows that the job has ended. */
  over(id: string): AbortSignal {
    return this.#follow(id).over.signal;
  }

  forget(id: string): void {
    this.#followed.delete(id);
  }

  /** Costs each log follower one more call, and nothing else. */
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
    const answer = await withAwsRetries(() => this.#batch.send(command), this.#patience);
    const described = readAnswer(ids, answer.jobs ?? []);
    const at = this.#clock.now();
    for (const id of ids) {
      const followed = this.#followed.get(id);
      if (followed === undefined || described.unseen.has(id)) continue;
      const detail = described.found.get(id);
      followed.seen = { at, detail };
      if (detail !== undefined && hasJobEnded(detail)) followed.over.abort();
    }
    return described;
  }
}

function jobIn({ found, unseen }: Described, id: string): JobDetail | undefined {
  if (unseen.has(id)) throw unseen.get(id);
  return found.get(id);
}
