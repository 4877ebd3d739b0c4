import { readFile } from 'node:fs/promises';
import { BatchClient, DescribeJobsCommand, type JobDetail, ListJobsCommand } from '@aws-sdk/client-batch';
import { ecrLogin } from '../../lab/aws/identity.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { type AwsLab, createEcrRepository, type EcrRepository, readAwsLab } from './aws-lab.ts';
import { E2eBed, type RunOptions } from './e2e-bed.ts';
import { RegistryView } from './registry-view.ts';

/** The command line set up for the lab's AWS, with a state folder and an ECR repository of the test's own. */
export interface AwsE2eBed {
  readonly bed: E2eBed;
  readonly lab: AwsLab;
  readonly ecr: EcrRepository;
  readonly registry: RegistryView;
  readonly batch: BatchClient;
  /** Batch's descriptions of a build's jobs, by the name that each job has. */
  jobs(buildId: string): Promise<ReadonlyMap<Platform, JobDetail>>;
  dispose(): Promise<void>;
}

export async function openAwsE2eBed(settings: NonNullable<RunOptions['env']> = {}): Promise<AwsE2eBed> {
  const lab = await readAwsLab();
  const ecr = await createEcrRepository(lab);
  const bed = await E2eBed.open({
    ...lab.aws.environment,
    ...lab.aws.settings,
    ECR_REPOSITORY: ecr.name,
    TWINHULL_DESTINATION: undefined,
    TWINHULL_BUILDER_IMAGE: undefined,
    ...settings,
  });
  const registry = new RegistryView(`https://${lab.aws.registry.host}`, ecr.name, {
    ca: await readFile(lab.aws.registry.caFile, 'utf8'),
    login: ecrLogin,
  });
  const { region, endpoint } = lab.aws;
  const batch = new BatchClient({ region, endpoint, credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' } });
  return {
    bed,
    lab,
    ecr,
    registry,
    batch,
    async jobs(buildId) {
      const queues = { 'linux/arm64': 'BUILD_ARM64_QUEUE', 'linux/amd64': 'BUILD_AMD64_QUEUE' } as const;
      const found = new Map<Platform, JobDetail>();
      for (const [platform, queue] of Object.entries(queues) as [Platform, string][]) {
        const filters = [{ name: 'JOB_NAME', values: [`twinhull-${buildId}-*`] }];
        const listed = await batch.send(new ListJobsCommand({ jobQueue: lab.aws.settings[queue], filters }));
        const jobs = listed.jobSummaryList?.map(({ jobId = '' }) => jobId) ?? [];
        if (jobs.length === 0) continue;
        const described = await batch.send(new DescribeJobsCommand({ jobs }));
        if (described.jobs?.[0] !== undefined) found.set(platform, described.jobs[0]);
      }
      return found;
    },
    async dispose() {
      await bed.dispose();
      await registry.clear();
      await ecr.remove();
      batch.destroy();
    },
  };
}
