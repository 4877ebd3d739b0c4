import {
  BatchClient,
  DeregisterJobDefinitionCommand,
  DescribeJobsCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { LabAws } from '../../lab/lab.ts';
import { pollUntil } from './poll-until.ts';

/** A consumer of images on the lab's AWS: it submits jobs of its own and reads their output. */
export class EmulatedJobs {
  readonly #batch: BatchClient;
  readonly #logs: CloudWatchLogsClient;

  constructor({ region, endpoint }: LabAws) {
    const options = { region, endpoint, credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' } };
    this.#batch = new BatchClient(options);
    this.#logs = new CloudWatchLogsClient(options);
  }

  /** Runs one job to its end. @returns its state and the lines of its log */
  async run(jobName: string, jobQueue: string, jobDefinition: string) {
    const { jobId = '' } = await this.#batch.send(new SubmitJobCommand({ jobName, jobQueue, jobDefinition }));
    const job = await pollUntil(
      `the end of job ${jobName}`,
      async () => {
        const { jobs = [] } = await this.#batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
        return jobs.find(({ status }) => status === 'SUCCEEDED' || status === 'FAILED');
      },
      120_000,
    );
    return { status: job.status, lines: await this.#linesOf(job.container?.logStreamName ?? '') };
  }

  async deregister(jobDefinition: string): Promise<void> {
    await this.#batch.send(new DeregisterJobDefinitionCommand({ jobDefinition }));
  }

  close(): void {
    this.#batch.destroy();
    this.#logs.destroy();
  }

  async #linesOf(logStreamName: string): Promise<readonly string[]> {
    const query = { logGroupName: '/aws/batch/job', logStreamName, startFromHead: true };
    const { events = [] } = await this.#logs.send(new GetLogEventsCommand(query));
    return events.map(({ message = '' }) => message);
  }
}
