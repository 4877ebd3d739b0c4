import type { EC2Client } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import { type AwsAnswer, ask } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import type { NetworkFacts } from './facts.ts';

const subnetList = z.object({
  Subnets: z.array(
    z.object({ SubnetId: z.string(), VpcId: z.string(), MapPublicIpOnLaunch: z.boolean().default(false) }),
  ),
});

const routeTableList = z.object({
  RouteTables: z.array(
    z.object({
      VpcId: z.string(),
      Associations: z
        .array(z.object({ SubnetId: z.string().optional(), Main: z.boolean().default(false) }))
        .default([]),
      Routes: z
        .array(
          z.object({
            DestinationCidrBlock: z.string().optional(),
            State: z.string().optional(),
            GatewayId: z.string().optional(),
            NatGatewayId: z.string().optional(),
            TransitGatewayId: z.string().optional(),
            NetworkInterfaceId: z.string().optional(),
          }),
        )
        .default([]),
    }),
  ),
});

const endpointList = z.object({
  VpcEndpoints: z.array(z.object({ ServiceName: z.string(), State: z.string().default('available') })).default([]),
});

type RouteTable = z.infer<typeof routeTableList>['RouteTables'][number];

/** How the hosts in these subnets reach other networks. */
export async function inspectNetwork(place: AwsPlace, subnets: readonly string[]): Promise<AwsAnswer<NetworkFacts>> {
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  const client = new EC2Client(clientOptions(place));
  try {
    return await readNetwork(client, place, subnets);
  } finally {
    client.destroy();
  }
}

async function readNetwork(
  client: EC2Client,
  { region }: AwsPlace,
  subnets: readonly string[],
): Promise<AwsAnswer<NetworkFacts>> {
  const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2');
  const found = await ask('ec2:DescribeSubnets', async () =>
    subnetList.parse(await client.send(new DescribeSubnetsCommand({ SubnetIds: [...subnets] }))),
  );
  if ('failure' in found) return found;
  const vpcs = [...new Set(found.value.Subnets.map(({ VpcId }) => VpcId))];
  const tables = await ask('ec2:DescribeRouteTables', () => routeTablesOf(client, vpcs));
  if ('failure' in tables) return tables;
  const endpoints = await ask('ec2:DescribeVpcEndpoints', () => endpointsOf(client, vpcs, region));
  if ('failure' in endpoints) return endpoints;
  return {
    value: {
      subnets: found.value.Subnets.map(({ SubnetId, VpcId, MapPublicIpOnLaunch }) => ({
        id: SubnetId,
        vpc: VpcId,
        defaultRoute: defaultRoute(routeTableOf(SubnetId, VpcId, tables.value)),
        givesPublicAddress: MapPublicIpOnLaunch,
      })),
      endpoints: endpoints.value,
    },
  };
}

async function routeTablesOf(client: EC2Client, vpcs: readonly string[]): Promise<readonly RouteTable[]> {
  const { DescribeRouteTablesCommand } = await import('@aws-sdk/client-ec2');
  const Filters = [{ Name: 'vpc-id', Values: [...vpcs] }];
  return routeTableList.parse(await client.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables;
}

async function endpointsOf(client: EC2Client, vpcs: readonly string[], region: string): Promise<ReadonlySet<string>> {
  const { DescribeVpcEndpointsCommand } = await import('@aws-sdk/client-ec2');
  const Filters = [{ Name: 'vpc-id', Values: [...vpcs] }];
  const { VpcEndpoints } = endpointList.parse(await client.send(new DescribeVpcEndpointsCommand({ Filters })));
  const usable = VpcEndpoints.filter(({ State }) => State.toLowerCase() === 'available');
  return new Set(usable.map(({ ServiceName }) => ServiceName.slice(ServiceName.indexOf(region) + region.length + 1)));
}

/** The subnet's own route table, else its VPC's main one. */
export function routeTableOf(subnet: string, vpc: string, tables: readonly RouteTable[]): RouteTable | undefined {
  const own = tables.find(({ Associations }) => Associations.some(({ SubnetId }) => SubnetId === subnet));
  return own ?? tables.find(({ VpcId, Associations }) => VpcId === vpc && Associations.some(({ Main }) => Main));
}

/** `other` for a core network, a peering or the like, whose onward route cannot be seen from here. */
export function defaultRoute(table: RouteTable | undefined): string | undefined {
  const route = table?.Routes.find(
    ({ DestinationCidrBlock, State }) => DestinationCidrBlock === '0.0.0.0/0' && State !== 'blackhole',
  );
  if (route === undefined) return undefined;
  return route.NatGatewayId ?? route.TransitGatewayId ?? route.GatewayId ?? route.NetworkInterfaceId ?? 'other';
}
