import type { Scenario } from './scenario.ts';
import type { Simulation } from './simulation.ts';

/** How near the simulated builds come to a quota of AWS, in one region of one account. */
export interface QuotaUse {
  readonly name: string;
  /** AWS's default. Those of an account differ: look them up in Service Quotas. */
  readonly defaultQuota: number;
  readonly unit: string;
  readonly adjustable: boolean;
  /** In the same unit: in the busiest hour, for rates. */
  readonly use: number;
  /** Page of AWS with the default. */
  readonly source: string;
}

/** Of one image on both platforms: two staging tags, the index by digest, and one published tag. */
const putsPerBuild = 4;
/** The images of both platforms and their index. */
const imagesPerBuild = 3;
/** How long `prune` keeps builds by default. */
const keptDays = 30;
const jobsPerBuild = 2;

const pages = {
  ec2: 'https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html',
  throttling: 'https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html',
  batch: 'https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html',
  ecr: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html',
  logs: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html',
  secrets: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html',
};

/** Quotas of AWS that builds use, those most used first; empty for an overloaded scenario. */
export function quotaUses(scenario: Scenario, { overloaded, queues }: Simulation): readonly QuotaUse[] {
  if (overloaded) return [];
  const { buildsPerDay, profile } = scenario;
  const busiest = (Math.max(...profile) * 24) / profile.reduce((sum, weight) => sum + weight, 0);
  const buildsPerSecond = (buildsPerDay * busiest) / 86_400;
  const total = (of: (queue: Simulation['queues'][number], index: number) => number): number =>
    queues.reduce((sum, queue, index) => sum + of(queue, index), 0);
  const vcpus = total(({ hosts }, index) => (hosts?.most ?? 0) * (scenario.queues[index]?.vcpusPerJob ?? 0));
  const hostsStarted = (total(({ hosts }) => hosts?.startedPerDay ?? 0) * busiest) / 86_400;
  const rate = { unit: 'a second', adjustable: true };
  const uses: readonly QuotaUse[] = [
    { ...quota('EC2 on-demand standard instances', 5, vcpus, pages.ec2), unit: 'vCPUs', adjustable: true },
    { ...rate, ...quota('EC2 instances started', 2, hostsStarted, pages.throttling) },
    { ...rate, ...quota('Batch SubmitJob', 50, jobsPerBuild * buildsPerSecond, pages.batch), adjustable: false },
    { ...rate, ...quota('ECR PutImage', 10, putsPerBuild * buildsPerSecond, pages.ecr) },
    {
      ...quota('ECR images in a repository', 100_000, imagesPerBuild * buildsPerDay * keptDays, pages.ecr),
      unit: 'images',
      adjustable: true,
    },
    { ...rate, ...quota('CloudWatch Logs CreateLogStream', 50, jobsPerBuild * buildsPerSecond, pages.logs) },
    {
      ...rate,
      ...quota('Secrets Manager GetSecretValue', 10_000, jobsPerBuild * buildsPerSecond, pages.secrets),
      adjustable: false,
    },
  ];
  return uses.toSorted((a, b) => b.use / b.defaultQuota - a.use / a.defaultQuota);
}

function quota(name: string, defaultQuota: number, use: number, source: string) {
  return { name, defaultQuota, use, source };
}
