import type { StackInspector } from '../../src/adapters/aws/inspect/aws-inspector.ts';
import type { JobDefinitionFacts, StackFacts } from '../../src/adapters/aws/inspect/facts.ts';
import type { AwsAnswer, AwsFailureKind } from '../../src/adapters/aws/sdk/aws-errors.ts';
import { beforeDeployChecks } from '../../src/cli/doctor/before-deploy/before-deploy-checks.ts';
import { plannedStack } from '../../src/cli/doctor/before-deploy/planned-stack.ts';
import { type CheckResult, runChecks } from '../../src/cli/doctor/check.ts';
import { readDeployment } from '../../src/settings/deployment.ts';

/** An AWS account in which nothing is deployed, and the checks before a deployment into it. */

export const account = '123456789012';
export const region = 'us-gov-west-1';
export const zones = ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
const standardTypes = ['m8g.xlarge', 'c8g.xlarge', 'm7i.xlarge', 'c7i.xlarge'];
export const offers = new Map(standardTypes.map((type) => [type, zones]));
export const queueArn = (name: string) => `arn:aws-us-gov:batch:${region}:${account}:job-queue/${name}`;

export function failed(kind: AwsFailureKind, action: string): AwsAnswer<never> {
  return { failure: { kind, action, reason: 'because' } };
}

export function stackOf(change: Partial<StackFacts> = {}): StackFacts {
  return {
    name: 'smsvpctest-build-batch',
    status: 'UPDATE_COMPLETE',
    description: 'Twinhull: container images',
    resources: new Set(),
    ...change,
  };
}

export const queue = (name: string) => ({
  value: {
    name,
    arn: queueArn(name),
    state: 'ENABLED',
    status: 'VALID',
    statusReason: undefined,
    computeEnvironments: [],
  },
});

export const definition: JobDefinitionFacts = {
  arn: `arn:aws-us-gov:batch:${region}:${account}:job-definition/vecoli-dind-build:3`,
  name: 'vecoli-dind-build',
  revision: 3,
  status: 'ACTIVE',
  image: 'docker:cli',
  command: ['echo', 'hello'],
  privileged: false,
  user: 'root',
  mounts: [],
  environment: new Map(),
  vcpus: 4,
  memory: 7000,
  timeoutSeconds: 10_800,
};

export const repository = (name: string) => ({
  value: {
    arn: `arn:aws-us-gov:ecr:${region}:${account}:repository/${name}`,
    uri: `host/${name}`,
    tags: { setting: 'IMMUTABLE', exclusions: [] },
  },
});

/** An empty account that was bootstrapped, and has the git token. */
export const empty: StackInspector = {
  identity: async () => ({ value: { account, arn: `arn:aws-us-gov:iam::${account}:user/ada` } }),
  stack: async (name) => ({ value: name === 'CDKToolkit' ? stackOf({ name, description: 'This stack' }) : undefined }),
  zones: async () => ({ value: zones }),
  typeZones: async () => ({ value: offers }),
  instanceTypes: async (names) => ({
    value: names.map((name) => ({
      name,
      platforms: [/^[a-z]\d+g/.test(name) ? ('linux/arm64' as const) : ('linux/amd64' as const)],
      vcpus: 4,
      memory: 8192,
    })),
  }),
  vcpuQuota: async () => ({ value: 64 }),
  queue: async () => ({ value: undefined }),
  jobDefinition: async () => ({ value: undefined }),
  repository: async () => failed('not-found', 'ecr:DescribeRepositories'),
  secret: async (name) => ({ value: { arn: name, name, isBeingDeleted: false } }),
  network: async (subnets) => ({
    value: {
      subnets: subnets.map((id) => ({ id, vpc: 'vpc-1', defaultRoute: 'nat-1', givesPublicAddress: false })),
      endpoints: new Set(['s3']),
    },
  }),
  offeredTypes: async (names) => ({ value: new Set(names) }),
  computeEnvironments: async () => ({ value: [] }),
};

export async function diagnose(
  change: Partial<StackInspector> = {},
  context: Record<string, unknown> = {},
): Promise<readonly CheckResult[]> {
  return runChecks(beforeDeployChecks(plannedStack(readDeployment(context)), { ...empty, ...change }));
}

export const named = (results: readonly CheckResult[], name: string) =>
  results.filter((result) => result.name === name);
export const faults = (results: readonly CheckResult[]) => results.filter(({ status }) => status !== 'ok');
