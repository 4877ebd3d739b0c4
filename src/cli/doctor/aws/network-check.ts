import type { NetworkFacts, SubnetFacts } from '../../../adapters/aws-inspect/facts.ts';
import { counted } from '../../render/quantities.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

/** What hosts and jobs speak to, by the end of the endpoints' names. */
const neededEndpoints = ['ecs', 'ecs-agent', 'ecs-telemetry', 'ecr.api', 'ecr.dkr', 's3', 'logs', 'secretsmanager'];

/** Whether hosts reach AWS, and the git server: by a way to the internet, or by endpoints in their network. */
export function judgeNetwork(name: string, { subnets, endpoints }: NetworkFacts, { region }: Asker): CheckResult {
  const missing = neededEndpoints.filter((service) => !endpoints.has(service));
  const closed = subnets.filter(({ defaultRoute }) => defaultRoute === undefined);
  if (closed.length > 0 && missing.length > 0)
    return problem(
      name,
      `hosts in ${idsOf(closed)} have no way to the internet, nor to ${missing.join(', ')} in ${region}: they never join, or cannot pull`,
      'give the subnets a NAT gateway, or the VPC these endpoints',
    );
  if (closed.length > 0)
    return warning(
      name,
      `hosts in ${idsOf(closed)} reach AWS by endpoints, and nothing else`,
      'see that the git server and what Dockerfiles download can be reached from there',
    );
  const unaddressed = subnets.filter((subnet) => isPublic(subnet) && !subnet.givesPublicAddress);
  if (unaddressed.length > 0)
    return warning(
      name,
      `the way out of ${idsOf(unaddressed)} is an internet gateway, which serves only hosts with a public address, and the subnet gives them none`,
      'see that the launch template gives hosts one, or use subnets behind a NAT gateway',
    );
  const ways = [...new Set(subnets.map(({ defaultRoute }) => kindOf(defaultRoute)))].join(', ');
  return ok(name, `${counted(subnets.length, 'subnet')}, each with a way out by ${ways}`);
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
  return route === 'other' ? 'another network' : 'a host of your own';
}
