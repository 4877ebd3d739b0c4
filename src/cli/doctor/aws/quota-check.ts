import type { AwsFailure } from '../../../adapters/aws/aws-failure.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

export interface VcpuQuota {
  /** vCPUs. */
  readonly quota: number;
  /** Its code in Service Quotas. */
  readonly code: string;
}

export interface QuotaDemand {
  /** vCPUs of the smallest host that a job gets. */
  readonly oneHost: number;
  /** vCPUs of both halves of one build. */
  readonly oneBuild: number;
  /** vCPUs that the compute environments may have together. */
  readonly most: number;
}

/** Whether the account may run as many vCPUs at once as builds need. Other uses of the account share the quota. */
export function judgeVcpuQuota(
  name: string,
  { quota, code }: VcpuQuota,
  { oneHost, oneBuild, most }: QuotaDemand,
  { region }: Asker,
): CheckResult {
  const detail = `the account may run ${quota} vCPUs of standard instances at once in ${region}`;
  const advice = `ask for more: aws service-quotas request-service-quota-increase --region ${region} --service-code ec2 --quota-code ${code} --desired-value ${Math.max(most, oneBuild)}`;
  if (quota < oneHost) return problem(name, `${detail}, and one host has ${oneHost}: no job ever starts`, advice);
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
export function unknownQuota(name: string, { kind, action, reason }: AwsFailure): CheckResult {
  const advice =
    kind === 'denied'
      ? `allow ${action} to the caller, or look into the console: Service Quotas, Amazon EC2`
      : 'look into the console: Service Quotas, Amazon EC2, "Running On-Demand Standard instances"';
  return warning(name, `not found out: ${action}: ${reason}`, advice);
}
