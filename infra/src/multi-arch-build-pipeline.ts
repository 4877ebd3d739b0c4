import { Annotations, Validations } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import {
  type IManagedPolicy,
  type IRole,
  ManagedPolicy,
  PermissionsBoundary,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { BuildHosts, type BuildHostsProps } from './build-hosts.ts';
import { BuildNetwork, type BuildNetworkProps } from './build-network.ts';
import { BuildQueue, type BuildQueueProps, type StuckJobLimits } from './build-queue.ts';
import { type BuildRepositoryProps, buildRepository } from './build-repository.ts';
import { BuilderJob, type BuilderJobProps } from './builder-job.ts';
import { vcpusOf } from './instance-size.ts';
import { JobEvents, type JobEventsProps } from './job-events.ts';
import { Orchestrator, type OrchestratorProps } from './orchestrator.ts';
import type { PlatformName } from './platforms.ts';
import { WarmSchedule } from './warm-schedule.ts';

export interface MultiArchBuildPipelineProps {
  /** The text of src/builder/builder.sh, which every job runs. */
  readonly builderScript: string;
  /** @default - see BuildNetworkProps: a new VPC without NAT gateways */
  readonly network?: BuildNetworkProps;
  /** @default - see BuildHostsProps: 100 GiB, encrypted */
  readonly hosts?: BuildHostsProps;
  /** Hosts and queue of linux/arm64. @default - see BuildQueueProps */
  readonly arm64?: BuildQueueProps;
  /** Hosts and queue of linux/amd64. @default - see BuildQueueProps */
  readonly amd64?: BuildQueueProps;
  /** @default - see StuckJobLimits */
  readonly stuckJobs?: StuckJobLimits;
  /** @default - see BuilderJobProps */
  readonly job?: BuilderJobProps;
  /** @default - see BuildRepositoryProps: a new repository, retained when the stack is deleted */
  readonly repository?: BuildRepositoryProps;
  /** @default - see JobEventsProps */
  readonly events?: JobEventsProps;
  /** @default - see OrchestratorProps: a policy, no role */
  readonly orchestrator?: OrchestratorProps;
  /**
   * The role with which Batch manages hosts: its service-linked role, under which hosts can be updated in place, or one
   * of this stack, for accounts and emulators without service-linked roles.
   * @default 'service-linked'
   */
  readonly batchServiceRole?: 'service-linked' | 'own';
  /**
   * Key of the volumes, logs and repository created here, and of the secrets that jobs read. Its policy must let the
   * services use it (docs/deploying.md). The repository's key cannot be changed later.
   * @default - AWS managed keys
   */
  readonly encryptionKey?: IKey;
  /**
   * Permissions boundary of every role created here.
   * @default - none
   */
  readonly permissionsBoundary?: IManagedPolicy;
}

/**
 * All that Twinhull needs of AWS: for each platform, native hosts that scale to zero, and their queue; one job
 * definition; a repository; a queue of events; and least-privilege roles.
 *
 * @throws SettingInvalid for an invalid prop
 */
export class MultiArchBuildPipeline extends Construct {
  readonly network: BuildNetwork;
  readonly hosts: BuildHosts;
  readonly queues: Readonly<Record<PlatformName, BuildQueue>>;
  readonly job: BuilderJob;
  readonly repository: IRepository;
  readonly events: JobEvents;
  readonly orchestrator: Orchestrator;

  constructor(scope: Construct, id: string, props: MultiArchBuildPipelineProps) {
    super(scope, id);
    const { encryptionKey } = props;
    if (props.permissionsBoundary) PermissionsBoundary.of(this).apply(props.permissionsBoundary);
    this.network = new BuildNetwork(this, 'Network', props.network, encryptionKey);
    this.repository = buildRepository(this, 'Repository', props.repository, encryptionKey);
    this.job = new BuilderJob(
      this,
      'Job',
      props.builderScript,
      { repository: this.repository, encryptionKey },
      props.job,
    );
    this.hosts = new BuildHosts(this, 'Hosts', { ...props.hosts, longestJob: this.job.timeout, encryptionKey });
    this.queues = this.bothQueues(props);
    if (props.hosts?.warm) new WarmSchedule(this, 'Warm', { hosts: this.platformHosts() }, props.hosts.warm);
    const jobQueueArns = [this.queues.arm64.queueArn, this.queues.amd64.queueArn];
    this.events = new JobEvents(this, 'Events', jobQueueArns, props.events);
    this.orchestrator = new Orchestrator(
      this,
      'Orchestrator',
      {
        jobQueueArns,
        jobDefinitionName: this.job.jobDefinitionName,
        logGroup: this.job.logGroup,
        repository: this.repository,
        builderRepositoryArn: this.job.imageRepositoryArn,
        secrets: [this.job.gitSecret, ...this.job.buildSecrets],
        events: this.events.queue,
      },
      props.orchestrator,
    );
    this.warnOfSharedHosts();
  }

  private bothQueues(props: MultiArchBuildPipelineProps): Record<PlatformName, BuildQueue> {
    const parts = {
      network: this.network,
      hosts: this.hosts,
      serviceRole: props.batchServiceRole === 'own' ? this.ownServiceRole() : undefined,
      stuckJobs: props.stuckJobs ?? {},
      longestJob: this.job.timeout,
    };
    return {
      arm64: new BuildQueue(this, 'Arm64', { platform: 'arm64', ...parts }, props.arm64),
      amd64: new BuildQueue(this, 'Amd64', { platform: 'amd64', ...parts }, props.amd64),
    };
  }

  private platformHosts() {
    return [
      { name: 'Arm64', ...this.queues.arm64.hosts },
      { name: 'Amd64', ...this.queues.amd64.hosts },
    ];
  }

  private ownServiceRole(): IRole {
    const role = new Role(this, 'ServiceRole', {
      description: 'Batch: manage build hosts',
      assumedBy: new ServicePrincipal('batch.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBatchServiceRole')],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBatchServiceRole]',
      reason: 'AWS maintains this managed policy in step with the calls that Batch makes.',
    });
    return role;
  }

  /** The socket grants root on the host: jobs on the same host can read each other's data. */
  private warnOfSharedHosts(): void {
    for (const [platform, queue] of Object.entries(this.queues)) {
      const shared = queue.instanceTypes.filter((type) => (vcpusOf(type) ?? 0) >= 2 * this.job.vcpus);
      if (shared.length === 0) continue;
      Annotations.of(queue).addWarningV2(
        'twinhull:shared-hosts',
        `${platform}: ${shared.join(', ')} can hold several jobs of ${this.job.vcpus} vCPUs at once, and each job is root on its host: raise job.vcpus, or name smaller types`,
      );
    }
  }
}
