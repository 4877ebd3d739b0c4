import pLimit from 'p-limit';
import { driverDefaults } from '../../../domain/driver-defaults.ts';
import type { Platform } from '../../../domain/platform.ts';
import type { Clock } from '../../../ports/clock.ts';
import type {
  ChangeListener,
  DescribeOptions,
  JobBackend,
  JobBackendFeatures,
  JobHandle,
  JobObservation,
  JobRequest,
  LogChunk,
  ReadLogOptions,
  SubmitOptions,
} from '../../../ports/job-backend.ts';
import type { RetryContext } from './aws-retries.ts';
import { type BatchClients, connectBatch } from './batch-clients.ts';
import { batchError } from './batch-errors.ts';
import { checkBuildSecrets, checkJobDefinition, checkQueue } from './check-batch.ts';
import { byAge, findJobs } from './find-jobs.ts';
import { JobDescriptions } from './job-descriptions.ts';
import { LogFollowers, readJobLog } from './job-log.ts';
import { observeJob } from './observe-job.ts';
import { RateLimiter } from './rate-limiter.ts';
import { stopJob } from './stop-job.ts';
import { submitInput, submitJob } from './submit-job.ts';
import type { EventQueueOptions } from './watch-job-events.ts';

/** The queues, job definition and limits of the backend. */
export interface BatchJobBackendOptions {
  readonly region: string;
  /** Job queue of each platform: name or ARN. */
  readonly queues: Readonly<Record<Platform, string>>;
  /** `name`, `name:revision` or ARN. */
  readonly jobDefinition: string;
  readonly clock: Clock;
  /** The SQS queue that receives these queues' job events. @default none: `watch` reports no changes */
  readonly eventQueue?: EventQueueOptions | undefined;
  /** How long ListJobs may omit a job that was just accepted. @default 60_000 */
  readonly settleMilliseconds?: number | undefined;
  /** Ids of the build secrets that Secrets Manager holds; `check` refuses others. */
  readonly buildSecrets?: readonly string[] | undefined;
  /** How long after a job's end its last lines may still be in transit to CloudWatch. @default 5_000 */
  readonly logGraceMilliseconds?: number | undefined;
}

/**
 * Slightly below Batch's 50 SubmitJob per second:
 * https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html
 */
const submits = { perSecond: 49, burst: 15 };

/**
 * Slightly below CloudWatch's 25 GetLogEvents per second:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
const logReads = { perSecond: 24, burst: 8 };

/** How many jobs are found by name, or terminated, at once: one pass of a driver may need thousands. */
const callsAtOnce = 16;

/** Runs each job as an AWS Batch job: the job definition contains the builder, a submit sends only its environment. */
export class BatchJobBackend implements JobBackend {
  readonly name = 'aws-batch';
  readonly features: JobBackendFeatures;
  readonly #options: BatchJobBackendOptions;
  readonly #clients: BatchClients;
  readonly #patience: RetryContext;
  readonly #jobs: JobDescriptions;
  readonly #limit = pLimit(callsAtOnce);
  readonly #submitLimiter: RateLimiter;
  readonly #logLimiter: RateLimiter;
  readonly #logFollowers = new LogFollowers();

  constructor(options: BatchJobBackendOptions, clients = connectBatch(options.region)) {
    const { clock, settleMilliseconds = driverDefaults.settleSeconds * 1000 } = options;
    this.#options = options;
    this.#clients = clients;
    this.#patience = { clock };
    this.#jobs = new JobDescriptions(clients.batch, this.#patience);
    this.#submitLimiter = new RateLimiter({ ...submits, clock });
    this.#logLimiter = new RateLimiter({ ...logReads, clock });
    this.features = {
      liveLogs: true,
      uniqueNames: false,
      maxConcurrentJobs: undefined,
      settleMilliseconds,
    };
  }

  async check(platforms: readonly Platform[], buildSecrets: readonly string[] = []): Promise<void> {
    const { queues, jobDefinition, buildSecrets: known = [] } = this.#options;
    const { batch } = this.#clients;
    checkBuildSecrets(buildSecrets, known);
    await Promise.all([
      ...platforms.map((platform) => checkQueue(batch, platform, queues[platform], this.#patience)),
      checkJobDefinition(batch, jobDefinition, this.#patience),
    ]);
  }

  readyToSubmit(signal: AbortSignal): Promise<void> {
    return this.#submitLimiter.turn({ signal });
  }

  /** Adopts nothing: submitting a name again creates a second job. */
  async submit(request: JobRequest, { signal }: SubmitOptions = {}): Promise<JobHandle> {
    const { clock } = this.#options;
    const input = submitInput(request, this.#options);
    const id = await submitJob(this.#clients.batch, input, { clock, rateLimiter: this.#submitLimiter, signal });
    return { id, name: request.name, createdAt: clock.now() };
  }

  async describe(
    ids: readonly string[],
    { unseen: report }: DescribeOptions = {},
  ): Promise<ReadonlyMap<string, JobObservation>> {
    try {
      const { found, unseen } = await this.#jobs.describe(ids);
      for (const [id, why] of unseen) {
        if (report === undefined) throw why;
        report(id, batchError(why, `describe job ${id}`));
      }
      return new Map([...found].map(([id, detail]) => [id, observeJob(detail)]));
    } catch (error) {
      throw batchError(error, `describe ${String(ids.length)} jobs`);
    }
  }

  async findByName(name: string, platform?: Platform): Promise<readonly JobHandle[]> {
    const { queues: all } = this.#options;
    const queues = platform === undefined ? [...new Set(Object.values(all))] : [all[platform]];
    const find = (queue: string): Promise<readonly JobHandle[]> =>
      findJobs(this.#clients.batch, queue, name, { patience: this.#patience, limit: this.#limit });
    try {
      return (await Promise.all(queues.map(find))).flat().sort(byAge);
    } catch (error) {
      throw batchError(error, `list the jobs of name ${name}`);
    }
  }

  async terminate(id: string, reason: string): Promise<void> {
    await stopJob(this.#clients.batch, id, reason, { jobs: this.#jobs, patience: this.#patience, limit: this.#limit });
  }

  async *readLog(id: string, options: ReadLogOptions): AsyncGenerator<LogChunk> {
    const { logGraceMilliseconds: graceMilliseconds = 5_000 } = this.#options;
    const parts = {
      ...{ logs: this.#clients.logs, rateLimiter: this.#logLimiter, followers: this.#logFollowers },
      ...{ patience: this.#patience, jobs: this.#jobs },
    };
    try {
      yield* readJobLog(id, options, { ...parts, graceMilliseconds });
    } catch (error) {
      throw batchError(error, `read the log of job ${id}`);
    }
  }

  /** Batch removes ended jobs by itself, and CloudWatch their logs after the retention of the log group. */
  async release(id: string): Promise<void> {
    this.#jobs.forget(id);
    this.#logFollowers.fullyRead.delete(id);
  }

  /** When `signal` aborts, jobs are forgotten too: from then on another process may drive and release them. */
  async watch(listener: ChangeListener, signal: AbortSignal): Promise<void> {
    const { eventQueue, queues, region, clock } = this.#options;
    signal.addEventListener('abort', () => this.#forgetAll(), { once: true });
    if (eventQueue === undefined) return;
    // Loaded here, so that without an event queue no start waits for the SQS client to load.
    const { watchJobEvents } = await import('./watch-job-events.ts');
    await watchJobEvents({ region, eventQueue, queues: Object.values(queues), clock }, listener, signal);
  }

  #forgetAll(): void {
    this.#jobs.forgetAll();
    this.#logFollowers.fullyRead.clear();
  }

  /** Closes idle connections, so that the program can exit. */
  close(): void {
    this.#clients.batch.destroy();
    this.#clients.logs.destroy();
  }
}
