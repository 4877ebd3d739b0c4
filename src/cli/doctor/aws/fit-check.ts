import type { InstanceTypeFacts, JobDefinitionFacts } from '../../../adapters/aws/inspect/facts.ts';
import { type CheckResult, problem, warning } from '../check.ts';

/** Whether a job fits these hosts, and has one to itself. Empty when both are true. */
export function judgeFit(
  name: string,
  { vcpus, memory }: Pick<JobDefinitionFacts, 'vcpus' | 'memory'>,
  types: readonly InstanceTypeFacts[],
): readonly CheckResult[] {
  // ECS reserves a part of each host's memory, so a job of the whole size never fits.
  const largeEnough = types.filter((type) => type.vcpus >= vcpus && type.memory > memory);
  const list = types.map((type) => `${type.name} (${type.vcpus} vCPUs, ${type.memory} MiB)`).join(', ');
  if (largeEnough.length === 0)
    return [
      problem(
        name,
        `a job requests ${vcpus} vCPUs and ${memory} MiB, more than any of these types has: ${list}`,
        'request less in the job definition, or choose larger instance types',
      ),
    ];
  const shared = largeEnough.filter((type) => type.vcpus >= 2 * vcpus && type.memory > 2 * memory);
  if (shared.length === 0) return [];
  return [
    warning(
      name,
      `two jobs of ${vcpus} vCPUs and ${memory} MiB fit on one ${shared.map((type) => type.name).join(', ')}: each could reach the other through the socket`,
      'make a job request more than half of a host (docs/security.md)',
    ),
  ];
}
