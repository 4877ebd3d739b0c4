import type { AwsFailure } from '../../../adapters/aws/aws-failure.ts';
import { onDemandVcpus, spotVcpus } from '../../../adapters/aws-inspect/inspect-quota.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

/** A kind of hosts that EC2 limits by itself. */
export interface VcpuQuota {
  /** What compute environments call it. */
  readonly resource: 'EC2' | 'SPOT';
  /** Its code in Service Quotas, and its name in the console. */
  readonly code: string;
  readonly title: string;
  readonly instances: string;
}

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

/** Of the hosts that the quota is for. */
export interface QuotaDemand {
  /** vCPUs of the smallest host that a job gets. */
  readonly oneHost: number;
  /** vCPUs of those halves of one build that get such hosts. */
  readonly oneBuild: number;
  /** vCPUs that the compute environments may have together. */
  readonly most: number;
}

/**
 * Whether the account may run as many vCPUs at once as builds need. Other uses of the account share the quota.
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
  const detail = `the account may run ${quota} vCPUs of ${instances} at once in ${region}`;
  const advice = `ask for more: aws service-quotas request-service-quota-increase --region ${region} --service-code ec2 --quota-code ${code} --desired-value ${Math.max(most, oneBuild)}`;
  if (quota < oneHost) return problem(name, `${detail}, and one host has ${oneHost}: none ever starts`, advice);
  if (quota < oneBuild)
    return warning(
      name,
      `${detail}: too few for both halves of a build (${oneBuild}), which then wait for each other`,
      advice,
    );
  if (quota < most) return warning(name, `${detail}: fewer than the compute environments may use (${most})`, advice);
  return ok(name, `${detail}; builds use ${most} at the most`);
}

/** Builds need no answer of Service Quotas, which some regions do not even have. */
export function unknownQuota(
  name: string,
  { title, instances }: VcpuQuota,
  { kind, action, reason }: AwsFailure,
): CheckResult {
  const advice =
    kind === 'denied'
      ? `allow ${action} to the caller, or look into the console: Service Quotas, Amazon EC2, "${title}"`
      : `look into the console: Service Quotas, Amazon EC2, "${title}"`;
  return warning(name, `how many vCPUs of ${instances} the account may run: ${action}: ${reason}`, advice);
}
