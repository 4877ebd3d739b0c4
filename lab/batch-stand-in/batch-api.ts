import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { jobName as jobNameForm, mostJobIds } from '../aws-model/documented.ts';
import { clientError } from './api-error.ts';
import { jobStateChange } from './job-state-change.ts';
import { LogStreams } from './log-streams.ts';
import { StandInJob } from './stand-in-job.ts';
import type { StandInOptions, SubmittedJob } from './stand-in-options.ts';

const arnPrefix = 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:';

/** Limits that AWS documents: https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html and the API's own pages. */
const longestOverrides = 8192;
const mostListed = 100;
const leastTimeout = 60;

const pairs = z.array(z.object({ name: z.string(), value: z.string() }));
const requests = {
  submit: z.object({
    jobName: z.string(),
    jobQueue: z.string(),
    jobDefinition: z.string(),
    containerOverrides: z.object({ environment: pairs.optional(), command: z.array(z.string()).optional() }).optional(),
    timeout: z.object({ attemptDurationSeconds: z.number() }).optional(),
  }),
  ids: z.object({ jobs: z.array(z.string()) }),
  list: z.object({
    jobQueue: z.string(),
    jobStatus: z.string().optional(),
    filters: z.array(z.object({ name: z.string(), values: z.array(z.string()) })).optional(),
    nextToken: z.string().optional(),
  }),
  stop: z.object({ jobId: z.string(), reason: z.string().max(1024) }),
  queues: z.object({ jobQueues: z.array(z.string()).optional() }),
  definitions: z.object({
    jobDefinitions: z.array(z.string()).optional(),
    jobDefinitionName: z.string().optional(),
    status: z.string().optional(),
  }),
};

/** The operations of AWS Batch that the client uses, over jobs in memory. */
export class BatchApi {
  /** Every job that was accepted, in order. */
  readonly jobs: StandInJob[] = [];
  readonly logs: LogStreams;
  readonly #byId = new Map<string, StandInJob>();
  readonly #byName = new Map<string, StandInJob[]>();
  readonly #options: StandInOptions;

  constructor(options: StandInOptions) {
    this.#options = options;
    this.logs = new LogStreams(options.logPageEvents ?? 10_000);
  }

  submitJob(body: unknown): unknown {
    const { jobName, jobQueue, jobDefinition, containerOverrides, timeout } = requests.submit.parse(body);
    if (!jobNameForm.test(jobName)) throw clientError(`Job name should match valid pattern: ${jobName}`);
    const queue = this.#options.queues.find(({ name }) => name === nameOf(jobQueue));
    if (queue === undefined) throw clientError(`JobQueue ${jobQueue} can not be found`);
    if (queue.state === 'DISABLED') throw clientError(`JobQueue ${jobQueue} is not in a valid state: DISABLED`);
    const definition = nameOf(jobDefinition).split(':')[0] ?? '';
    if (!this.#options.jobDefinitions.includes(definition))
      throw clientError(`JobDefinition ${jobDefinition} can not be found`);
    const environment = containerOverrides?.environment ?? [];
    const reserved = environment.find(({ name }) => name.startsWith('AWS_BATCH'));
    if (reserved !== undefined) throw clientError(`Environment variable ${reserved.name} is reserved`);
    if (timeout !== undefined && timeout.attemptDurationSeconds < leastTimeout)
      throw clientError('attemptDurationSeconds must be at least 60');
    const isTooLong = JSON.stringify(containerOverrides ?? {}).length > longestOverrides;
    const job = this.#accept(
      {
        jobId: randomUUID(),
        jobName,
        queue: queue.name,
        environment: Object.fromEntries(environment.map(({ name, value }) => [name, value])),
      },
      timeout?.attemptDurationSeconds,
    );
    if (isTooLong) job.fail(`Container Overrides length must be at most ${String(longestOverrides)}`);
    else void job.live();
    return { jobArn: `${arnPrefix}job/${job.job.jobId}`, jobName, jobId: job.job.jobId };
  }

  describeJobs(body: unknown): unknown {
    const { jobs } = requests.ids.parse(body);
    if (jobs.length > mostJobIds) throw clientError(`The maximum number of jobs is ${String(mostJobIds)}`);
    const found = jobs.flatMap((id) => this.#byId.get(id) ?? []).filter((job) => !job.vanished);
    return { jobs: found.map((job) => this.#detail(job)) };
  }

  listJobs(body: unknown): unknown {
    const { jobQueue, jobStatus = 'RUNNING', filters, nextToken } = requests.list.parse(body);
    const queue = this.#queueNamed(jobQueue);
    const [filter, ...others] = filters ?? [];
    if (others.length > 0 || (filter !== undefined && filter.name !== 'JOB_NAME'))
      throw clientError('Only one filter, of JOB_NAME, is allowed');
    const named = filter === undefined ? this.jobs : this.#named(filter.values[0] ?? '');
    const { clock, listLagMilliseconds = 0 } = this.#options;
    const matching = named
      .filter((job) => job.job.queue === queue && !job.vanished)
      .filter((job) => clock.now() - job.createdAt >= listLagMilliseconds)
      .filter((job) => filter !== undefined || job.status === jobStatus)
      .sort((one, other) => other.createdAt - one.createdAt);
    const from = Number(nextToken ?? '0');
    const page = matching.slice(from, from + mostListed).map((job) => ({
      jobId: job.job.jobId,
      jobName: job.job.jobName,
      createdAt: job.createdAt,
      status: job.status,
      ...(job.statusReason !== undefined && { statusReason: job.statusReason }),
    }));
    const more = from + mostListed < matching.length;
    return { jobSummaryList: page, ...(more && { nextToken: String(from + mostListed) }) };
  }

  terminateJob(body: unknown): unknown {
    const { jobId, reason } = requests.stop.parse(body);
    this.#byId.get(jobId)?.terminate(reason);
    return {};
  }

  describeJobQueues(body: unknown): unknown {
    const { jobQueues } = requests.queues.parse(body);
    const wanted = jobQueues?.map(nameOf);
    const found = this.#options.queues.filter(({ name }) => wanted?.includes(name) ?? true);
    return {
      jobQueues: found.map(({ name, state = 'ENABLED' }) => ({
        jobQueueName: name,
        jobQueueArn: `${arnPrefix}job-queue/${name}`,
        state,
        status: 'VALID',
        priority: 1,
        computeEnvironmentOrder: [],
      })),
    };
  }

  describeJobDefinitions(body: unknown): unknown {
    const { jobDefinitions, jobDefinitionName } = requests.definitions.parse(body);
    const wanted = jobDefinitions?.map(nameOf) ?? (jobDefinitionName === undefined ? undefined : [jobDefinitionName]);
    const found = this.#options.jobDefinitions.filter(
      (name) => wanted === undefined || wanted.includes(name) || wanted.includes(`${name}:1`),
    );
    return {
      jobDefinitions: found.map((name) => ({
        jobDefinitionName: name,
        jobDefinitionArn: `${arnPrefix}job-definition/${name}:1`,
        revision: 1,
        status: 'ACTIVE',
        type: 'container',
      })),
    };
  }

  #accept(job: SubmittedJob, timeoutSeconds: number | undefined): StandInJob {
    const { clock, graceMilliseconds = 30_000, conduct, onStateChange } = this.#options;
    const namesakes = this.#byName.get(job.jobName.toLowerCase()) ?? [];
    const onChange = (changed: StandInJob): void => onStateChange?.(jobStateChange(this.#detail(changed), clock.now()));
    const world = { clock, logs: this.logs, graceMilliseconds, timeoutSeconds, onChange };
    const accepted = new StandInJob(job, conduct(job, namesakes.length), world);
    this.jobs.push(accepted);
    this.#byId.set(job.jobId, accepted);
    this.#byName.set(job.jobName.toLowerCase(), [...namesakes, accepted]);
    return accepted;
  }

  /** Case-insensitive; a trailing `*` matches any suffix. */
  #named(value: string): readonly StandInJob[] {
    const name = value.toLowerCase();
    if (!name.endsWith('*')) return this.#byName.get(name) ?? [];
    const begin = name.slice(0, -1);
    return this.jobs.filter(({ job }) => job.jobName.toLowerCase().startsWith(begin));
  }

  #queueNamed(queue: string): string {
    const name = nameOf(queue);
    if (this.#options.queues.some((known) => known.name === name)) return name;
    throw clientError(`JobQueue ${queue} can not be found`);
  }

  #detail(job: StandInJob) {
    const { jobId, jobName, queue, environment } = job.job;
    const number = job.status === 'RUNNING' ? job.attempts.length + 1 : job.attempts.length;
    const last = job.attempts.at(-1);
    return {
      jobArn: `${arnPrefix}job/${jobId}`,
      ...{ jobId, jobName, jobQueue: `${arnPrefix}job-queue/${queue}` },
      ...{ status: job.status, statusReason: job.statusReason, attempts: job.attempts },
      ...{ createdAt: job.createdAt, startedAt: job.startedAt, stoppedAt: job.stoppedAt },
      ...{ isCancelled: job.isCancelled, isTerminated: job.isTerminated },
      jobDefinition: `${arnPrefix}job-definition/${this.#options.jobDefinitions[0] ?? ''}:1`,
      container: {
        image: 'docker:cli',
        environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        ...(number > 0 && { taskArn: job.taskArn(number), logStreamName: job.logStreamName }),
        ...(job.isOver && last !== undefined && { exitCode: last.container.exitCode, reason: last.container.reason }),
      },
    };
  }
}

/** The name in an ARN, or the name itself. */
function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
