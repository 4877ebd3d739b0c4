import type { PlatformSuffix } from '../domain/platform.ts';

/** What the CDK stack of infra/ is deployed with where no option changes it. `doctor --before-deploy` checks the same. */
export const stackDefaults = {
  region: 'us-gov-west-1',
  stackName: 'smsvpctest-build-batch',
  hosts: {
    arm64: { instanceTypes: ['m8g.xlarge', 'c8g.xlarge'], queueName: 'vecoli-build-arm64' },
    amd64: { instanceTypes: ['m7i.xlarge', 'c7i.xlarge'], queueName: 'vecoli-build-amd64' },
  } satisfies Record<PlatformSuffix, { instanceTypes: readonly string[]; queueName: string }>,
  /** Of each queue. */
  maxVcpus: 16,
  jobDefinition: 'vecoli-dind-build',
  // The major version is fixed: the next one may drop the API of the hosts' engines (ADR 0031).
  job: { image: 'docker:29-cli', vcpus: 4, memoryMiB: 7000 },
  gitSecret: 'vecoli-github-pat',
  repository: 'vecoli',
} as const;

/** The first words of the stack's description, by which its deployments are recognized. */
export const stackMark = 'Twinhull:';

/**
 * Whether a stack of CloudFormation is of another origin than infra/. One in review has neither description nor
 * resources: a change set was created for it and never executed.
 */
export function isForeignStack({ description, status }: { description: string; status: string }): boolean {
  return !description.startsWith(stackMark) && status !== 'REVIEW_IN_PROGRESS';
}

/** All regions with Batch except a few old ones have zones a to c; elsewhere the option `availabilityZones` names them. */
export function defaultZones(region: string): string[] {
  return ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
}
