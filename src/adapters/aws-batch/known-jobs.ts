import { type BatchClient, DescribeJobsCommand } from '@aws-sdk/client-batch';
import type { Clock } from '../../ports/clock.ts';
import { askAgain, type Patience } from './backoff.ts';
import { isOver, type JobDetail, jobDetails } from './job-detail.ts';

/** DescribeJobs takes so many: https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html */
const idsPerCall = 100;

/** How many DescribeJobs calls are under way at once. */
const callsAtOnce = 4;

/** For how long an answer is good enough for those who follow a log, and how long they wait for company, in milliseconds. */
const freshness = 1_000;
const gathering = 50;

/** Job ids that Batch gives out; what has another form is nobody's. */
const idForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Asks Batch for jobs, many at a time: the followers of logs share what the pipeline's own looks brought, and ask
 * together for the rest.
 */
export class KnownJobs {
  readonly #batch: BatchClient;
  readonly #patience: Patience;
  readonly #clock: Clock;
  readonly #seen = new Map<string, { readonly at: number; readonly detail: JobDetail | undefined }>();
  readonly #over = new Map<string, AbortController>();
  #wanted = new Set<string>();
  #gathered: Promise<ReadonlyMap<string, JobDetail>> | undefined;

  constructor(batch: BatchClient, patience: Patience) {
    this.#batch = batch;
    this.#patience = patience;
    this.#clock = patience.clock;
  }

  /**
   * What Batch knows of these ids; one that it does not know is left out.
   * @throws whatever the SDK throws once AWS was asked a few times
   */
  async describe(ids: readonly string[]): Promise<ReadonlyMap<string, JobDetail>> {
    const wanted = [...new Set(ids)].filter((id) => idForm.test(id));
    const chunks = Array.from({ length: Math.ceil(wanted.length / idsPerCall) }, (_, index) =>
      wanted.slice(index * idsPerCall, (index + 1) * idsPerCall),
    );
    const queue = chunks[Symbol.iterator]();
    const found = new Map<string, JobDetail>();
    const lane = async (): Promise<void> => {
      for (const chunk of queue) for (const detail of await this.#ask(chunk)) found.set(detail.jobId, detail);
    };
    await Promise.all(Array.from({ length: callsAtOnce }, lane));
    return found;
  }

  /** A job as it was at most a second ago; undefined when Batch does not know it. */
  async lookUp(id: string): Promise<JobDetail | undefined> {
    const seen = this.#seen.get(id);
    if (seen?.detail !== undefined && isOver(seen.detail)) return seen.detail;
    if (seen !== undefined && this.#clock.now() - seen.at < freshness) return seen.detail;
    this.#wanted.add(id);
    this.#gathered ??= this.#gather();
    return (await this.#gathered).get(id);
  }

  /** Aborts as soon as anybody's look shows that the job is over. */
  over(id: string): AbortSignal {
    const over = this.#over.get(id) ?? new AbortController();
    this.#over.set(id, over);
    const seen = this.#seen.get(id)?.detail;
    if (seen !== undefined && isOver(seen)) over.abort();
    return over.signal;
  }

  forget(id: string): void {
    this.#seen.delete(id);
    this.#over.delete(id);
  }

  async #gather(): Promise<ReadonlyMap<string, JobDetail>> {
    await this.#clock.sleep(gathering);
    const ids = [...this.#wanted];
    this.#wanted = new Set();
    this.#gathered = undefined;
    return this.describe(ids);
  }

  async #ask(ids: readonly string[]): Promise<readonly JobDetail[]> {
    const command = new DescribeJobsCommand({ jobs: [...ids] });
    const answer = await askAgain(() => this.#batch.send(command), this.#patience);
    const details = jobDetails.parse(answer.jobs ?? []);
    const at = this.#clock.now();
    for (const id of ids) this.#seen.set(id, { at, detail: undefined });
    for (const detail of details) {
      this.#seen.set(detail.jobId, { at, detail });
      if (isOver(detail)) this.#over.get(detail.jobId)?.abort();
    }
    return details;
  }
}
