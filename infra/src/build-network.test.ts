import type { Template } from 'aws-cdk-lib/assertions';
import { Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import { propertiesOf, stackWith, standardTemplate, synthesized } from '../test/synthesized.ts';

const subnets = (template: Template) =>
  Object.values(template.findResources('AWS::EC2::Subnet')).map(
    (subnet) => subnet['Properties'] as Record<string, unknown>,
  );

const hostSubnets = (template: Template) =>
  (propertiesOf(template, 'AWS::Batch::ComputeEnvironment', 'Arm64')['ComputeResources'] as { Subnets: unknown[] })
    .Subnets;

describe('its own network', () => {
  it('has public subnets in three zones of the region, and costs nothing while no build runs', () => {
    const zones = subnets(standardTemplate()).map((subnet) => [
      subnet['AvailabilityZone'],
      subnet['MapPublicIpOnLaunch'],
    ]);
    expect(zones).toEqual([
      ['us-gov-west-1a', true],
      ['us-gov-west-1b', true],
      ['us-gov-west-1c', true],
    ]);
    expect(hostSubnets(standardTemplate())).toHaveLength(3);
    standardTemplate().resourceCountIs('AWS::EC2::NatGateway', 0);
    standardTemplate().hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16' });
  });

  it('denies all ingress and allows all egress', () => {
    const group = propertiesOf(standardTemplate(), 'AWS::EC2::SecurityGroup');
    expect(group).not.toHaveProperty('SecurityGroupIngress');
    expect(group['SecurityGroupEgress']).toMatchObject([{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }]);
    standardTemplate().resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  it('reaches ECR’s layers without leaving AWS', () => {
    standardTemplate().hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
  });

  it('puts hosts into private subnets when it has a NAT gateway', () => {
    const template = synthesized({ network: { natGateways: 1 } });
    template.resourceCountIs('AWS::EC2::NatGateway', 1);
    expect(JSON.stringify(hostSubnets(template))).not.toContain('Public');
    expect(subnets(template).map((subnet) => subnet['MapPublicIpOnLaunch'])).not.toContain(true);
  });

  it('accepts other CIDR blocks and zones', () => {
    const template = synthesized({ network: { cidr: '10.87.0.0/16', availabilityZones: ['us-gov-west-1b'] } });
    template.hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '10.87.0.0/16' });
    expect(subnets(template)).toMatchObject([{ AvailabilityZone: 'us-gov-west-1b' }]);
  });

  it('uses the zones of the stack’s region', () => {
    expect(subnets(synthesized({}, 'us-west-2'))).toMatchObject([
      { AvailabilityZone: 'us-west-2a' },
      { AvailabilityZone: 'us-west-2b' },
      { AvailabilityZone: 'us-west-2c' },
    ]);
  });

  it('has flow logs by default', () => {
    standardTemplate().hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL' });
    synthesized({ network: { flowLogs: false } }).resourceCountIs('AWS::EC2::FlowLog', 0);
  });
});

describe('an existing network', () => {
  it('is used unchanged', () => {
    const template = synthesized((stack) => ({
      network: {
        vpc: Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-gov-west-1a'] }),
        subnets: [Subnet.fromSubnetId(stack, 'A', 'subnet-a'), Subnet.fromSubnetId(stack, 'B', 'subnet-b')],
      },
    }));
    for (const type of ['AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::EC2::FlowLog']) template.resourceCountIs(type, 0);
    expect(hostSubnets(template)).toEqual(['subnet-a', 'subnet-b']);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: 'vpc-1' });
  });

  it('provides its private subnets by default', () => {
    const template = synthesized((stack) => ({
      network: {
        vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
          vpcId: 'vpc-1',
          availabilityZones: ['us-gov-west-1a'],
          privateSubnetIds: ['subnet-p'],
        }),
      },
    }));
    expect(hostSubnets(template)).toEqual(['subnet-p']);
  });

  it('must have a subnet for the hosts', () => {
    expect(() =>
      stackWith((stack) => ({
        network: {
          vpc: Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-gov-west-1a'] }),
          subnets: [],
        },
      })),
    ).toThrow('the prop network.subnets is []');
  });
});
