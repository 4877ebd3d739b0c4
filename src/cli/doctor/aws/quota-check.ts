import { onDemandVcpus, spotVcpus } from '../../../adapters/aws/inspect/inspect-quota.ts';
import type { AwsFailure } from '../../../adapters/aws/sdk/aws-errors.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

/** A kind of host with an EC2 limit of its own. */
export interface VcpuQuota {
  /** The type of compute environments. */
  readonly resource: 'EC2' | 'SPOT';
  /** Its code in Service Quotas, and its name in the console. */
  readonly code: string;
  readonly title: string;
  readonly instances: string;
}

/** The quotas that limit how many hosts may run at once, in vCPUs. */
export const vcpuQuotas: readonly VcpuQuota[] = [
  {
    resource: 'EC2',
    code: onDemandVcpus,
    title: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
    instances: 'standard on-demand instances',
  },
  {
    resource: 'SPOT',
    code: spotVcpus,
    title: 'All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests',
    instances: 'standard Spot instances',
  },
];

/** Demand for the hosts that the quota covers. */
export interface QuotaDemand {
  /** vCPUs of the smallest host that a job gets. */
  readonly oneHost: number;
  /** vCPUs of the jobs of one build that run on such hosts. */
  readonly oneBuild: number;
  /** vCPUs that the compute environments may have in total. */
  readonly most: number;
}

/**
 * Whether the account may run as many vCPUs at once as builds need. Other workloads in the account share the quota.
 *
 * @param quota in vCPUs
 */
export function judgeVcpuQuota(
  name: string,
  { code, instances }: VcpuQuota,
  quota: number,
  { oneHost, oneBuild, most }: QuotaDemand,
  { region }: Asker,
): CheckResult {
  const detail = `the account is limited to ${quota} vCPUs of ${instances} in ${region}`;
  const advice = `request an increase: aws service-quotas request-service-quota-increase --region ${region} --service-code ec2 --quota-code ${code} --desired-value ${Math.max(most, oneBuild)}`;
  if (quota < oneHost) return problem(name, `${detail}, and one host has ${oneHost}: no host can start`, advice);
  if (quota < oneBuild)
    return warning(
      name,
      `${detail}: too few for both jobs of a build (${oneBuild}), which then wait for each other`,
      advice,
    );
  if (quota < most)
    return warning(name, `${detail}: fewer than the limit of the compute environments (${most})`, advice);
  return ok(name, `${detail}; builds use at most ${most}`);
}

/** A warning only: builds do not use Service Quotas, which some regions lack. */
export function unknownQuota(
  name: string,
  { title, instances }: VcpuQuota,
  { kind, action, reason }: AwsFailure,
): CheckResult {
  const advice =
    kind === 'denied'
      ? `allow ${action} to the caller, or check the console: Service Quotas, Amazon EC2, "${title}"`
      : `check the console: Service Quotas, Amazon EC2, "${title}"`;
  return warning(name, `the vCPU limit of ${instances}: ${action}: ${reason}`, advice);
}
