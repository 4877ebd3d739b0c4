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

export interface MultiArchBuildPipelineProps {
  /** The text of src/builder/builder.sh, without its comments: what every job runs. */
  readonly builderScript: string;
  /** @default - see BuildNetworkProps: a VPC of its own without NAT gateways */
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
  /** @default - see BuildRepositoryProps: a repository of its own, kept when the stack goes */
  readonly repository?: BuildRepositoryProps;
  /** @default - see JobEventsProps */
  readonly events?: JobEventsProps;
  /** @default - see OrchestratorProps: a policy, no role */
  readonly orchestrator?: OrchestratorProps;
  /**
   * The role by which Batch manages hosts: its service-linked role, under which hosts can be changed in place, or one of
   * this stack's own, for accounts and emulators that know no service-linked roles.
   * @default 'service-linked'
   */
  readonly batchServiceRole?: 'service-linked' | 'own';
  /**
   * Permissions boundary of every role that is made.
   * @default - none
   */
  readonly permissionsBoundary?: IManagedPolicy;
}

/**
 * All that Twinhull needs of AWS: for each platform native hosts that come and go, and a queue before them; one job
 * definition; a repository; a queue of events; and roles that can do no more than their part.
 *
 * @throws SettingInvalid for a prop that cannot stand
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
    if (props.permissionsBoundary) PermissionsBoundary.of(this).apply(props.permissionsBoundary);
    this.network = new BuildNetwork(this, 'Network', props.network);
    this.repository = buildRepository(this, 'Repository', props.repository);
    this.job = new BuilderJob(this, 'Job', props.builderScript, this.repository, props.job);
    this.hosts = new BuildHosts(this, 'Hosts', { ...props.hosts, longestJob: this.job.timeout });
    this.queues = this.bothQueues(props);
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
        gitSecret: this.job.gitSecret,
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

  private ownServiceRole(): IRole {
    const role = new Role(this, 'ServiceRole', {
      description: 'Batch: manage build hosts',
      assumedBy: new ServicePrincipal('batch.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBatchServiceRole')],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBatchServiceRole]',
      reason: 'What Batch calls is for AWS to know: they keep this policy in step with it.',
    });
    return role;
  }

  /** The socket is root on the host: jobs that share one can see into each other. */
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
