import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type ISubnet,
  type IVpc,
  SecurityGroup,
  type SubnetConfiguration,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { defaultZones } from '../../src/settings/stack-defaults.ts';
import { checkedWhole, invalidProp } from './invalid-prop.ts';

/**
 * The network of the build hosts. They need outbound access (git server, registry, AWS, package mirrors) and no
 * inbound.
 */
export interface BuildNetworkProps {
  /**
   * An existing VPC. The props below, except `subnets`, then have no effect.
   * @default - a new VPC
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of that VPC for the hosts.
   * @default - its private subnets with outbound access; of a new VPC, all subnets
   */
  readonly subnets?: readonly ISubnet[];
  /**
   * CIDR block of the new VPC.
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;
  /**
   * Availability zones of the new VPC, by name, so that no lookup is needed. More zones offer more capacity.
   * @default - `a`, `b` and `c` of the stack's region
   */
  readonly availabilityZones?: readonly string[];
  /**
   * NAT gateways of the new VPC. With none, hosts are in public subnets, with public addresses and a security group
   * that admits no inbound traffic: this costs nothing while no build runs. With one or more, they are in private
   * subnets.
   * @default 0
   */
  readonly natGateways?: number;
  /**
   * Whether the new VPC records its connections in CloudWatch Logs: hosts run repositories' code as root.
   * @default true
   */
  readonly flowLogs?: boolean;
}

/** The VPC and the subnets of the build hosts, and a security group that admits no inbound traffic. */
export class BuildNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: BuildNetworkProps = {}, encryptionKey?: IKey) {
    super(scope, id);
    this.vpc = props.vpc ?? this.ownVpc(props, encryptionKey);
    this.subnets = props.subnets ?? hostSubnets(this.vpc, props);
    if (this.subnets.length === 0) {
      throw invalidProp(
        'network.subnets',
        [],
        'give at least one subnet, with a way to the git server and the registry',
      );
    }
    this.securityGroup = new SecurityGroup(this, 'Hosts', {
      vpc: this.vpc,
      description: 'Build hosts: nothing in, everything out',
      allowAllOutbound: true,
    });
  }

  private ownVpc(props: BuildNetworkProps, encryptionKey: IKey | undefined): Vpc {
    const natGateways = checkedWhole('network.natGateways', props.natGateways ?? 0, 0, 16);
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.cidr ?? '10.0.0.0/16'),
      availabilityZones: [...(props.availabilityZones ?? defaultZones(Stack.of(this).region))],
      natGateways,
      subnetConfiguration: subnetConfiguration(natGateways),
      // ECR keeps layers in S3: with this endpoint they cause no NAT traffic.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      restrictDefaultSecurityGroup: false,
    });
    if (props.flowLogs ?? true) {
      const logGroup = new LogGroup(this, 'Connections', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
        encryptionKey,
      });
      vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logGroup) });
    }
    return vpc;
  }
}

function subnetConfiguration(natGateways: number): SubnetConfiguration[] {
  const publicSubnets = {
    name: 'Public',
    subnetType: SubnetType.PUBLIC,
    cidrMask: 20,
    mapPublicIpOnLaunch: natGateways === 0,
  };
  const privateSubnets = { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 };
  return natGateways === 0 ? [publicSubnets] : [publicSubnets, privateSubnets];
}

function hostSubnets(vpc: IVpc, props: BuildNetworkProps): readonly ISubnet[] {
  return props.vpc === undefined && (props.natGateways ?? 0) === 0 ? vpc.publicSubnets : vpc.privateSubnets;
}
