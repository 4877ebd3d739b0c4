import { type Duration, Fn, Stack } from 'aws-cdk-lib';
import { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import { type IManagedPolicy, InstanceProfile, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { checkedWhole } from './invalid-prop.ts';
import { userData } from './user-data.ts';
import { explainWildcards } from './wildcards.ts';

/** How the EC2 instances are made that builds run on. */
export interface BuildHostsProps {
  /**
   * Size of a host's one volume, in GiB, 30 to 16,384: images and layers of everything it builds.
   * @default 100
   */
  readonly rootVolumeGiB?: number;
  /**
   * Shell lines run as root when a host starts, before its first job: a registry mirror, a proxy, a private CA.
   * @default - none
   */
  readonly commands?: readonly string[];
  /**
   * Further policies of the hosts' role, such as AmazonSSMManagedInstanceCore to look into one. Whatever is in it, the
   * code of repositories can do too.
   * @default - none: a host may join its cluster, and nothing else
   */
  readonly managedPolicies?: readonly IManagedPolicy[];
}

/** Role and launch template of the build hosts. */
export class BuildHosts extends Construct {
  readonly role: Role;
  readonly instanceProfile: InstanceProfile;
  readonly launchTemplate: CfnLaunchTemplate;

  constructor(scope: Construct, id: string, props: BuildHostsProps & { readonly longestJob: Duration }) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      description: 'Build hosts: join the cluster that Batch made, and nothing else',
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: [...(props.managedPolicies ?? [])],
    });
    this.allowAgent();
    this.instanceProfile = new InstanceProfile(this, 'Profile', { role: this.role });
    this.launchTemplate = new CfnLaunchTemplate(this, 'Template', {
      launchTemplateData: {
        blockDeviceMappings: [rootVolume(checkedWhole('hosts.rootVolumeGiB', props.rootVolumeGiB ?? 100, 30, 16_384))],
        // One hop: containers on Docker's own networks do not reach the host's credentials.
        metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
        userData: Fn.base64(userData({ longestJob: props.longestJob, commands: props.commands ?? [] })),
      },
    });
  }

  /**
   * What the ECS agent calls. Of AWS's AmazonEC2ContainerServiceforEC2Role this leaves out to make clusters, to read
   * every repository and to write every log: jobs have an execution role for that.
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
      ['*', 'DiscoverPollEndpoint knows no resources.'],
      [cluster, 'Batch makes the cluster, under a name that nobody can know before.'],
      [instance, 'The id of a host is made when it registers.'],
    ]);
  }
}

/** Batch's Amazon Linux 2023 has all on this one device, Docker's layers too. */
function rootVolume(volumeSize: number): CfnLaunchTemplate.BlockDeviceMappingProperty {
  return {
    deviceName: '/dev/xvda',
    ebs: { volumeType: 'gp3', volumeSize, encrypted: true, deleteOnTermination: true },
  };
}
