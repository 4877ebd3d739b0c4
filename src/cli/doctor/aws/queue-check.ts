import type { QueueFacts } from '../../../adapters/aws/inspect/facts.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

/** Whether jobs submitted to the queue start. `queue` is the value of the setting. */
export function judgeQueue(name: string, queue: string, facts: QueueFacts | undefined, { region }: Asker): CheckResult {
  if (facts === undefined) {
    const advice = 'correct the setting or BATCH_REGION, or deploy the stack (docs/deploying.md)';
    return problem(name, `there is no job queue ${queue} in ${region}`, advice);
  }
  const { state, status, statusReason, computeEnvironments } = facts;
  const why = statusReason === undefined || statusReason === '' ? '' : `: ${statusReason}`;
  if (state !== 'ENABLED')
    return problem(
      name,
      `${facts.name} is ${state}: it accepts no jobs`,
      `aws batch update-job-queue --region ${region} --job-queue ${facts.name} --state ENABLED`,
    );
  if (status === 'CREATING' || status === 'UPDATING')
    return warning(name, `${facts.name} is ${status}${why}`, 'wait a minute, then run doctor again');
  if (status !== 'VALID')
    return problem(name, `${facts.name} is ${status}${why}`, 'fix the cause in the reason, or deploy the stack again');
  if (computeEnvironments.length === 0)
    return problem(name, `${facts.name} has no compute environment: its jobs never start`, 'deploy the stack again');
  return ok(name, `${facts.name} is enabled and valid`);
}
