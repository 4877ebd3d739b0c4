import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { stagingTag } from '../../src/domain/plan.ts';
import type {
  DescribeOptions,
  JobBackend,
  JobBackendFeatures,
  JobHandle,
  JobObservation,
  JobRequest,
  LogChunk,
  ReadLogOptions,
} from '../../src/ports/job-backend.ts';
import { FakeJob, type JobScript, quickSuccess } from './fake-job.ts';
import type { FakeRegistry } from './fake-registry.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** `lost-before`: no answer, nothing done; `lost-after`: done, but no answer; `refused`: an answer that refuses. */
export type BackendFault = 'lost-before' | 'lost-after' | 'refused';

export type BackendOperation = 'check' | 'submit' | 'describe' | 'find' | 'terminate' | 'log' | 'release';

export interface FakeJobBackendOptions {
  readonly clock: VirtualClock;
  /** Where a job that succeeds pushes its images. */
  readonly registry: FakeRegistry;
  readonly features?: Partial<JobBackendFeatures>;
  /** Whether a second submit of a name adopts the first one's job, as on Docker but not on AWS Batch. @default false */
  readonly uniqueNames?: boolean;
  /** Whether it restarts a job with a lost host by itself, once. @default false */
  readonly retriesLostHosts?: boolean;
  /** How long after its submit `findByName` and `describe` may miss a job. @default 0 */
  readonly lateMilliseconds?: number;
  /** How the job goes. @param nth counts the jobs of this name from 0 */
  readonly script?: (request: JobRequest, nth: number) => Partial<JobScript>;
  /** Called before each call. */
  readonly fault?: (operation: BackendOperation, key: string) => BackendFault | undefined;
}

/**
 * A fake: jobs in memory on a virtual clock. It models what real backends do to an orchestrator: answers that get lost,
 * jobs of equal names, jobs found late or never again, jobs that are slow to stop, a backend that restarts a lost job
 * by itself.
 */
export class FakeJobBackend implements JobBackend {
  readonly name = 'fake';
  readonly features: JobBackendFeatures;
  readonly jobs: FakeJob[] = [];
  /** Every submit that reached the backend. */
  readonly submits: { readonly name: string; readonly at: number }[] = [];
  /** Ids of jobs that `describe` leaves out. */
  readonly hidden = new Set<string>();
  readonly #options: FakeJobBackendOptions;

  constructor(options: FakeJobBackendOptions) {
    this.#options = options;
    this.features = {
      liveLogs: true,
      uniqueNames: options.uniqueNames ?? false,
      maxConcurrentJobs: undefined,
      settleMilliseconds: 60_000,
      ...options.features,
    };
  }

  async submit(request: JobRequest): Promise<JobHandle> {
    return this.#answer('submit', request.name, () => {
      const { clock, script, uniqueNames = false } = this.#options;
      this.submits.push({ name: request.name, at: clock.now() });
      const namesakes = this.jobs.filter((job) => job.request.name === request.name);
      const existing = namesakes.find((job) => !job.released && !job.vanished);
      if (uniqueNames && existing !== undefined) return handleOf(existing);
      const id = `job${String(this.jobs.length + 1)}`;
      const job = new FakeJob(id, request, { ...quickSuccess, ...script?.(request, namesakes.length) }, clock.now());
      this.jobs.push(job);
      this.#enqueue(job);
      return handleOf(job);
    });
  }

  async check(): Promise<void> {
    return this.#answer('check', '', () => undefined);
  }

  async describe(
    ids: readonly string[],
    { unseen = rethrow }: DescribeOptions = {},
  ): Promise<ReadonlyMap<string, JobObservation>> {
    return this.#answer('describe', ids.join(','), () => {
      const wanted = new Set(ids.filter((id) => !this.hidden.has(id)));
      for (const id of ids) if (!wanted.has(id)) unseen(id, new Error(`nothing can be made out of ${id}`));
      return new Map(
        this.#visible()
          .filter((job) => wanted.has(job.id))
          .map((job) => [job.id, job.observe()]),
      );
    });
  }

  async findByName(name: string): Promise<readonly JobHandle[]> {
    return this.#answer('find', name, () =>
      this.#visible()
        .filter((job) => job.request.name === name)
        .map(handleOf),
    );
  }

  async terminate(id: string, reason: string): Promise<void> {
    return this.#answer('terminate', id, () => {
      const { clock } = this.#options;
      const job = this.#job(id);
      if (job === undefined || job.ended || job.vanished || job.terminateRequested) return;
      job.terminateRequested = true;
      clock.after(job.script.ignoresTerminateMilliseconds, () => {
        if (!job.ended && !job.vanished)
          job.finish(clock.now(), { reason, ...(job.startedAt !== undefined && { exitCode: 143 }) });
      });
    });
  }

  async *readLog(id: string, { cursor, follow, signal }: ReadLogOptions): AsyncGenerator<LogChunk> {
    let position = Number(cursor ?? '0');
    for (;;) {
      const job = this.#answer('log', id, () => this.#job(id));
      if (job === undefined || signal?.aborted === true) return;
      const done = job.ended || job.vanished;
      if (position < job.lines.length) {
        const text = job.lines.slice(position).join('');
        position = job.lines.length;
        yield { text, cursor: String(position) };
      } else if (done || !follow) return;
      else await Promise.race([job.change, aborted(signal)]);
    }
  }

  async release(id: string): Promise<void> {
    return this.#answer('release', id, () => {
      const job = this.#job(id);
      if (job === undefined) return;
      if (!job.ended && !job.vanished)
        throw new TwinhullError('InternalError', `job ${id} cannot be released: it has not ended`);
      job.released = true;
    });
  }

  /** Jobs that use a machine. */
  running(): readonly FakeJob[] {
    return this.jobs.filter((job) => !job.ended && !job.vanished);
  }

  #enqueue(job: FakeJob): void {
    const { clock } = this.#options;
    clock.after(job.script.queueMilliseconds, () => {
      if (job.ended || job.vanished) return;
      job.start(clock.now());
      clock.after(job.script.runMilliseconds, () => this.#runOut(job));
    });
  }

  #runOut(job: FakeJob): void {
    const { clock, retriesLostHosts = false } = this.#options;
    const now = clock.now();
    if (job.ended || job.vanished) return;
    const { end } = job.script;
    const isLost = end === 'hosts-lost' || (end === 'host-lost' && job.runs === 1);
    if (end === 'vanishes') {
      job.vanished = true;
      job.changed();
    } else if (isLost && retriesLostHosts && job.runs === 1) {
      job.requeue(now);
      this.#enqueue(job);
    } else if (isLost) {
      const reason = 'Host EC2 (instance i-0) terminated';
      job.finish(now, { reason, infrastructureFailure: true, retriesSpent: retriesLostHosts });
    } else if (typeof end === 'object') {
      job.mark(now, `fail ${end.phase} task ${end.reason} ${String(end.exitCode)} it went wrong`);
      job.finish(now, { exitCode: end.exitCode });
    } else {
      job.mark(now, 'end build task 0');
      this.#push(job, now);
      job.finish(now, { exitCode: 0 });
    }
  }

  #push(job: FakeJob, now: number): void {
    const { registry } = this.#options;
    const { request, jobKey = '' } = job;
    for (let step = 1; step <= Number(request.environment['TWINHULL_STEP_COUNT']); step++) {
      const image = request.environment[`TWINHULL_STEP_${String(step)}_IMAGE`] ?? '';
      const tag = stagingTag(image, request.platform, jobKey);
      job.mark(now, `pushed ${image} ${registry.push(tag, request.platform, `${image} ${jobKey}`)}`);
    }
  }

  #job(id: string): FakeJob | undefined {
    return this.jobs.find((job) => job.id === id && !job.released);
  }

  #visible(): readonly FakeJob[] {
    const { clock, lateMilliseconds = 0 } = this.#options;
    return this.jobs.filter((job) => !job.released && !job.vanished && clock.now() - job.createdAt >= lateMilliseconds);
  }

  #answer<T>(operation: BackendOperation, key: string, work: () => T): T {
    const fault = this.#options.fault?.(operation, key);
    if (fault === 'refused') throw new TwinhullError('JobRefused', `the backend refused to ${operation} ${key}`);
    if (fault === 'lost-before') throw lost(operation);
    const answer = work();
    if (fault === 'lost-after') throw lost(operation);
    return answer;
  }
}

function handleOf({ id, request, createdAt }: FakeJob): JobHandle {
  return { id, name: request.name, createdAt };
}

function rethrow(_: string, error: unknown): never {
  throw error;
}

function lost(operation: string): TwinhullError {
  return new TwinhullError(
    'EngineUnreachable',
    `no answer to ${operation}: too many requests, or the connection broke`,
  );
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
}
