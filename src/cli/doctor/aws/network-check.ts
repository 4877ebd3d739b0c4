import type { NetworkFacts, SubnetFacts } from '../../../adapters/aws/inspect/facts.ts';
import { counted } from '../../render/quantities.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

/** Endpoints that hosts and jobs connect to, by the end of their names. */
const neededEndpoints = ['ecs', 'ecs-agent', 'ecs-telemetry', 'ecr.api', 'ecr.dkr', 's3', 'logs', 'secretsmanager'];

/** Whether hosts reach AWS and the git server: through the internet, or through endpoints in their network. */
export function judgeNetwork(name: string, { subnets, endpoints }: NetworkFacts, { region }: Asker): CheckResult {
  const missing = neededEndpoints.filter((service) => !endpoints.has(service));
  const closed = subnets.filter(({ defaultRoute }) => defaultRoute === undefined);
  if (closed.length > 0 && missing.length > 0)
    return problem(
      name,
      `hosts in ${idsOf(closed)} have no route to the internet, nor endpoints for ${missing.join(', ')} in ${region}: they cannot join the cluster or pull images`,
      'give the subnets a NAT gateway, or the VPC these endpoints',
    );
  if (closed.length > 0)
    return warning(
      name,
      `hosts in ${idsOf(closed)} reach AWS through endpoints, and no other network`,
      'check that hosts can reach the git server and the downloads of Dockerfiles',
    );
  const unaddressed = subnets.filter((subnet) => isPublic(subnet) && !subnet.givesPublicAddress);
  if (unaddressed.length > 0)
    return warning(
      name,
      `${idsOf(unaddressed)} routes through an internet gateway, which requires public addresses, and the subnet assigns none`,
      'check that the launch template assigns public addresses, or use subnets behind a NAT gateway',
    );
  const ways = [...new Set(subnets.map(({ defaultRoute }) => kindOf(defaultRoute)))].join(', ');
  return ok(name, `${counted(subnets.length, 'subnet')}, each with a route through ${ways}`);
}

function idsOf(subnets: readonly SubnetFacts[]): string {
  return subnets.map(({ id }) => id).join(', ');
}

function isPublic({ defaultRoute }: SubnetFacts): boolean {
  return defaultRoute?.startsWith('igw-') === true;
}

function kindOf(route: string | undefined): string {
  if (route?.startsWith('igw-') === true) return 'internet gateway';
  if (route?.startsWith('nat-') === true) return 'NAT gateway';
  if (route?.startsWith('tgw-') === true) return 'transit gateway';
  if (route?.startsWith('vpce-') === true) return 'gateway load balancer';
  return route === 'other' ? 'another network' : 'a custom host';
}
