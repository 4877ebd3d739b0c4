import { type Duration, Fn, Stack } from 'aws-cdk-lib';
import { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import { type IManagedPolicy, InstanceProfile, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { checkedWhole } from './invalid-prop.ts';
import { rootVolume } from './root-volume.ts';
import { userData } from './user-data.ts';
import type { WarmScheduleProps } from './warm-schedule.ts';
import { explainWildcards } from './wildcards.ts';

/** The EC2 instances that builds run on. */
export interface BuildHostsProps {
  /**
   * Size of a host's single volume, in GiB, 30 to 16,384: it holds images and layers of all builds.
   * @default 100
   */
  readonly rootVolumeGiB?: number;
  /**
   * Throughput of that volume in MiB/s, 125 to 1,000: layers are written and read at this speed at most. What exceeds
   * 125, and IOPS above 3,000, which 750 and more need, is billed.
   * @default - 125, that of every gp3 volume
   */
  readonly rootVolumeThroughput?: number;
  /**
   * Hours of the week in which hosts are kept running without a job.
   * @default - none
   */
  readonly warm?: WarmScheduleProps;
  /**
   * How long a host is kept after its last job, 20 minutes to a week: the next build finds it running, with the layers
   * of the previous one. The idle time is billed.
   * @default - a few minutes, at the discretion of Batch
   */
  readonly scaleDownDelay?: Duration;
  /**
   * Shell lines that run as root when a host starts, before its first job: a registry mirror, a proxy, a private CA.
   * @default - none
   */
  readonly commands?: readonly string[];
  /**
   * Further policies of the hosts' role, such as AmazonSSMManagedInstanceCore to inspect a host. The code of
   * repositories gets every permission in them too.
   * @default - none: a host may join its cluster, and nothing else
   */
  readonly managedPolicies?: readonly IManagedPolicy[];
}

export interface BuildHostsParts {
  readonly longestJob: Duration;
  /** Key of the volume. Undefined: the account's AWS managed key for volumes. */
  readonly encryptionKey: IKey | undefined;
}

/** Role and launch template of the build hosts. */
export class BuildHosts extends Construct {
  readonly role: Role;
  readonly instanceProfile: InstanceProfile;
  readonly launchTemplate: CfnLaunchTemplate;
  /** Undefined: at the discretion of Batch. */
  readonly scaleDownMinutes: number | undefined;

  constructor(scope: Construct, id: string, props: BuildHostsProps & BuildHostsParts) {
    super(scope, id);
    const { scaleDownDelay, encryptionKey } = props;
    this.scaleDownMinutes =
      scaleDownDelay && checkedWhole('hosts.scaleDownDelay in minutes', scaleDownDelay.toMinutes(), 20, 10_080);
    const volume = { size: props.rootVolumeGiB ?? 100, throughput: props.rootVolumeThroughput, key: encryptionKey };
    this.role = new Role(this, 'Role', {
      description: 'Build hosts: join the cluster that Batch made, and nothing else',
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: [...(props.managedPolicies ?? [])],
    });
    this.allowAgent();
    this.instanceProfile = new InstanceProfile(this, 'Profile', { role: this.role });
    this.launchTemplate = new CfnLaunchTemplate(this, 'Template', {
      launchTemplateData: {
        blockDeviceMappings: [rootVolume(volume)],
        // One hop: containers on Docker's own networks do not reach the host's credentials.
        metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
        userData: Fn.base64(userData({ longestJob: props.longestJob, commands: props.commands ?? [] })),
      },
    });
  }

  /**
   * Permissions that the ECS agent uses. Unlike AWS's AmazonEC2ContainerServiceforEC2Role, they do not include creating
   * clusters, reading every repository or writing every log: jobs have an execution role for that.
   */
  private allowAgent(): void {
    const cluster = Stack.of(this).formatArn({ service: 'ecs', resource: 'cluster', resourceName: '*' });
    const instance = Stack.of(this).formatArn({ service: 'ecs', resource: 'container-instance', resourceName: '*' });
    const statements = [
      { actions: ['ecs:DiscoverPollEndpoint'], resources: ['*'] },
      {
        actions: [
          'ecs:RegisterContainerInstance',
          'ecs:DeregisterContainerInstance',
          'ecs:SubmitAttachmentStateChanges',
          'ecs:SubmitContainerStateChange',
          'ecs:SubmitTaskStateChange',
        ],
        resources: [cluster],
      },
      { actions: ['ecs:Poll', 'ecs:StartTelemetrySession'], resources: [instance] },
      {
        actions: ['ecs:TagResource'],
        resources: [instance],
        conditions: { StringEquals: { 'ecs:CreateAction': 'RegisterContainerInstance' } },
      },
    ];
    for (const statement of statements) this.role.addToPolicy(new PolicyStatement(statement));
    explainWildcards(this.role, [
      ['*', 'DiscoverPollEndpoint supports no resource-level permissions.'],
      [cluster, 'Batch creates the cluster, under a name that is not known at deployment.'],
      [instance, 'The id of a host is created when it registers.'],
    ]);
  }
}
