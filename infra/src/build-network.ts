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
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { checkedWhole, invalidProp } from './invalid-prop.ts';

/** Where the build hosts stand. They need a way out (git server, registry, AWS, package mirrors) and none in. */
export interface BuildNetworkProps {
  /**
   * A VPC that is there already. The props below, but for `subnets`, then have no meaning.
   * @default - one of its own
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of that VPC for the hosts.
   * @default - its private subnets with a way out; of an own VPC, all subnets
   */
  readonly subnets?: readonly ISubnet[];
  /**
   * Addresses of the own VPC.
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;
  /**
   * Zones of the own VPC, by name, so that no lookup is needed. More zones mean more capacity to draw on.
   * @default - `a`, `b` and `c` of the stack's region
   */
  readonly availabilityZones?: readonly string[];
  /**
   * NAT gateways of the own VPC. With none, hosts stand in public subnets, with addresses of their own and a security
   * group that lets nothing in: it costs nothing while no build runs. With one or more, they stand in private subnets.
   * @default 0
   */
  readonly natGateways?: number;
  /**
   * Whether the own VPC records its connections in CloudWatch Logs: hosts run repositories' code as root.
   * @default true
   */
  readonly flowLogs?: boolean;
}

/** The VPC and the subnets of the build hosts, and a security group that lets nothing in. */
export class BuildNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: BuildNetworkProps = {}) {
    super(scope, id);
    this.vpc = props.vpc ?? this.ownVpc(props);
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

  private ownVpc(props: BuildNetworkProps): Vpc {
    const natGateways = checkedWhole('network.natGateways', props.natGateways ?? 0, 0, 16);
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.cidr ?? '10.0.0.0/16'),
      availabilityZones: [...(props.availabilityZones ?? firstZones(Stack.of(this).region))],
      natGateways,
      subnetConfiguration: subnetConfiguration(natGateways),
      // ECR keeps layers in S3: through this they cost no NAT traffic.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      restrictDefaultSecurityGroup: false,
    });
    if (props.flowLogs ?? true) {
      const logGroup = new LogGroup(this, 'Connections', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
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

/** All regions with Batch but a few old ones have zones a to c; elsewhere the prop names them. */
function firstZones(region: string): string[] {
  return ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
}
