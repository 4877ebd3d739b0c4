import { Duration, Token } from 'aws-cdk-lib';
import { CfnComputeEnvironment, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { stackDefaults } from '../../src/settings/stack-defaults.ts';
import type { BuildHosts } from './build-hosts.ts';
import type { BuildNetwork } from './build-network.ts';
import { checkedWhole, invalidProp } from './invalid-prop.ts';
import type { PlatformName } from './platforms.ts';

/** The hosts of one platform, and their queue. */
export interface BuildQueueProps {
  /**
   * EC2 types of the hosts; Batch uses the cheapest that fits and has capacity.
   * @default - arm64: m8g.xlarge, c8g.xlarge; amd64: m7i.xlarge, c7i.xlarge
   */
  readonly instanceTypes?: readonly string[];
  /**
   * AMI of the hosts, such as a hardened one: made from the ECS-optimized Amazon Linux 2023 for the architecture of the
   * instance types. Batch does not replace it by later ones.
   * @default - the latest of AWS
   */
  readonly imageId?: string;
  /**
   * The most vCPUs that may run at once, 1 to 10,000; with 4 per job, a quarter of that many jobs.
   * @default 16
   */
  readonly maxVcpus?: number;
  /** @default - `vecoli-build-arm64`, `vecoli-build-amd64` */
  readonly queueName?: string;
}

/**
 * When a job that cannot start is removed from the head of its queue, to let the next one start. 10 minutes to 24
 * hours.
 */
export interface StuckJobLimits {
  /**
   * When no host can ever run it: an error in the instance types or in the job's requirements.
   * @default Duration.minutes(10)
   */
  readonly misconfigured?: Duration;
  /**
   * When AWS has no capacity of these instance types.
   * @default Duration.hours(1)
   */
  readonly noCapacity?: Duration;
}

export interface BuildQueueParts {
  readonly platform: PlatformName;
  readonly network: BuildNetwork;
  readonly hosts: BuildHosts;
  /** Undefined: Batch's service-linked role. */
  readonly serviceRole: IRole | undefined;
  readonly stuckJobs: StuckJobLimits;
  /** How long running jobs may continue while their hosts are replaced; Batch allows at most six hours. */
  readonly longestJob: Duration;
}

/** On-demand hosts from zero to a limit, and the queue for the jobs of their platform. */
export class BuildQueue extends Construct {
  readonly queueName: string;
  readonly queueArn: string;
  /** The compute environment, as the warm schedule changes it. */
  readonly hosts: { readonly arn: string; readonly maxVcpus: number };
  readonly instanceTypes: readonly string[];

  constructor(scope: Construct, id: string, parts: BuildQueueParts, props: BuildQueueProps = {}) {
    super(scope, id);
    const { platform } = parts;
    this.queueName = props.queueName ?? stackDefaults.hosts[platform].queueName;
    this.instanceTypes = props.instanceTypes ?? stackDefaults.hosts[platform].instanceTypes;
    if (this.instanceTypes.length === 0)
      throw invalidProp(`${platform}.instanceTypes`, [], 'name at least one EC2 type');
    const maxvCpus = checkedWhole(`${platform}.maxVcpus`, props.maxVcpus ?? stackDefaults.maxVcpus, 1, 10_000);
    const environment = new CfnComputeEnvironment(this, 'Hosts', {
      type: 'MANAGED',
      state: 'ENABLED',
      ...roleAndUpdates(parts),
      computeResources: {
        type: 'EC2',
        allocationStrategy: 'BEST_FIT_PROGRESSIVE',
        minvCpus: 0,
        maxvCpus,
        instanceTypes: [...this.instanceTypes],
        ec2Configuration: [
          { imageType: 'ECS_AL2023', imageIdOverride: hostImage(`${platform}.imageId`, props.imageId) },
        ],
        updateToLatestImageVersion: true,
        instanceRole: parts.hosts.instanceProfile.instanceProfileArn,
        launchTemplate: {
          launchTemplateId: parts.hosts.launchTemplate.ref,
          version: parts.hosts.launchTemplate.attrLatestVersionNumber,
        },
        subnets: parts.network.subnets.map((subnet) => subnet.subnetId),
        securityGroupIds: [parts.network.securityGroup.securityGroupId],
        ...(parts.hosts.scaleDownMinutes !== undefined && {
          scalingPolicy: { minScaleDownDelayMinutes: parts.hosts.scaleDownMinutes },
        }),
        tags: { Name: this.queueName },
      },
    });
    const queue = new CfnJobQueue(this, 'Queue', {
      jobQueueName: this.queueName,
      state: 'ENABLED',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment.ref }],
      jobStateTimeLimitActions: stuckJobActions(parts.stuckJobs),
    });
    this.queueArn = queue.ref;
    this.hosts = { arn: environment.ref, maxVcpus: maxvCpus };
  }
}

/** @throws SettingInvalid for anything but the id of an AMI, such as `resolve:ssm:...`, which Batch does not take here */
function hostImage(name: string, id: string | undefined): string | undefined {
  if (id === undefined || Token.isUnresolved(id) || /^ami-[0-9a-f]{8,17}$/.test(id)) return id;
  throw invalidProp(name, id, 'give the id of an AMI: ami-0123456789abcdef0');
}

/**
 * Hosts can be updated in place, while jobs on the old ones continue, only under the service-linked role
 * (https://docs.aws.amazon.com/batch/latest/userguide/infrastructure-updates.html). Under any other, CloudFormation
 * creates new hosts first and then removes the old ones.
 */
function roleAndUpdates({ serviceRole, longestJob }: BuildQueueParts) {
  if (serviceRole) return { serviceRole: serviceRole.roleArn, replaceComputeEnvironment: true };
  return {
    replaceComputeEnvironment: false,
    updatePolicy: {
      terminateJobsOnUpdate: false,
      jobExecutionTimeoutMinutes: Math.min(360, Math.ceil(longestJob.toMinutes({ integral: false }))),
    },
  };
}

/** Batch's own reason texts (https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html). */
function stuckJobActions(limits: StuckJobLimits): CfnJobQueue.JobStateTimeLimitActionProperty[] {
  const misconfigured = seconds('stuckJobs.misconfigured', limits.misconfigured ?? Duration.minutes(10));
  const noCapacity = seconds('stuckJobs.noCapacity', limits.noCapacity ?? Duration.hours(1));
  return [
    { reason: 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE', maxTimeSeconds: misconfigured },
    { reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', maxTimeSeconds: misconfigured },
    { reason: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', maxTimeSeconds: noCapacity },
  ].map((limit) => ({ ...limit, state: 'RUNNABLE', action: 'CANCEL' }));
}

function seconds(name: string, duration: Duration): number {
  return checkedWhole(name, duration.toSeconds(), 600, 86_400);
}
