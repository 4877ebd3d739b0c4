import type { ComputeEnvironmentFacts, InstanceTypeFacts } from '../../../adapters/aws/inspect/facts.ts';
import type { Platform } from '../../../domain/platform.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

/** What is known about the hosts of one platform's queue. */
export interface HostFacts {
  readonly environments: readonly ComputeEnvironmentFacts[];
  /** Undefined when it could not be determined. */
  readonly offered: ReadonlySet<string> | undefined;
  /** Undefined when it could not be determined. */
  readonly types: readonly InstanceTypeFacts[] | undefined;
}

/** Batch's own keywords for whole ranges of x86 types, and of arm64 types. */
const ranges: Readonly<Record<string, Platform>> = {
  optimal: 'linux/amd64',
  default_x86_64: 'linux/amd64',
  default_arm64: 'linux/arm64',
};

/** Whether it is one of Batch's own keywords, rather than a type or family. */
export function isBatchKeyword(type: string): boolean {
  return type in ranges;
}

/** The platform of one of Batch's own keywords; undefined for a type or family. */
export function keywordPlatform(type: string): Platform | undefined {
  return ranges[type];
}

/** The types and families in the environments, without Batch's own keywords. */
export function namedTypes(environments: readonly ComputeEnvironmentFacts[]): readonly string[] {
  const all = environments.flatMap(({ instanceTypes }) => instanceTypes);
  return [...new Set(all)].filter((type) => !isBatchKeyword(type));
}

/** Whether a platform's jobs get hosts: checks the compute environments of its queue, and their instance types. */
export function judgeHosts(name: string, platform: Platform, facts: HostFacts, asker: Asker): readonly CheckResult[] {
  const { environments } = facts;
  if (environments.length === 0)
    return [problem(name, 'the compute environments of the queue do not exist', 'deploy the stack again')];
  const broken = environments.flatMap((environment) => environmentResult(name, environment, asker));
  const results = [...broken, ...typeResults(name, platform, facts, asker)];
  if (results.length > 0) return results;
  const types = environments.flatMap(({ instanceTypes }) => instanceTypes).join(', ');
  const most = environments.reduce((sum, { maxVcpus }) => sum + maxVcpus, 0);
  return [ok(name, `${types}, at most ${most} vCPUs at once`)];
}

function environmentResult(name: string, facts: ComputeEnvironmentFacts, { region }: Asker): readonly CheckResult[] {
  const { state, status, statusReason, resource, maxVcpus } = facts;
  const why = statusReason === undefined || statusReason === '' ? '' : `: ${statusReason}`;
  const update = `aws batch update-compute-environment --region ${region} --compute-environment ${facts.name}`;
  if (state !== 'ENABLED')
    return [
      problem(name, `compute environment ${facts.name} is ${state}: it starts no hosts`, `${update} --state ENABLED`),
    ];
  if (status === 'CREATING' || status === 'UPDATING')
    return [
      warning(name, `compute environment ${facts.name} is ${status}${why}`, 'wait a minute, then run doctor again'),
    ];
  if (status !== 'VALID')
    return [
      problem(
        name,
        `compute environment ${facts.name} is ${status}${why}`,
        'fix the cause in the reason (most often a role or a subnet), or deploy the stack again',
      ),
    ];
  if (resource?.startsWith('FARGATE') === true)
    return [
      problem(
        name,
        `compute environment ${facts.name} runs on Fargate, which has no Docker socket to mount`,
        'make one of EC2 instances: deploy the stack',
      ),
    ];
  if (resource !== undefined && maxVcpus === 0)
    return [
      problem(
        name,
        `compute environment ${facts.name} is limited to 0 vCPUs`,
        `${update} --compute-resources maxvCpus=16`,
      ),
    ];
  return [];
}

function typeResults(
  name: string,
  platform: Platform,
  { environments, offered, types }: HostFacts,
  { region }: Asker,
): readonly CheckResult[] {
  const named = namedTypes(environments);
  const missing = offered === undefined ? [] : named.filter((type) => !isOffered(type, offered));
  const all = environments.flatMap(({ instanceTypes }) => instanceTypes);
  const foreign = all.filter((type) => {
    const known = ranges[type] ?? types?.find((one) => isOfType(one.name, type))?.platforms;
    return known !== undefined && ![known].flat().includes(platform);
  });
  const results: CheckResult[] = [];
  if (foreign.length > 0)
    results.push(
      problem(
        name,
        `${foreign.join(', ')}: not ${platform}, so builds there would be refused or emulated`,
        `give the queue of ${platform} a compute environment of that architecture`,
      ),
    );
  if (missing.length === 0) return results;
  const detail = `${region} does not offer ${missing.join(', ')}`;
  const advice = `choose others (aws ec2 describe-instance-type-offerings --region ${region}) and deploy the stack with them`;
  const noneIsLeft = missing.length === all.length;
  results.push(
    noneIsLeft
      ? problem(name, `${detail}: its jobs never start`, advice)
      : warning(name, `${detail}: fewer instance types to choose from`, advice),
  );
  return results;
}

function isOffered(type: string, offered: ReadonlySet<string>): boolean {
  return [...offered].some((one) => isOfType(one, type));
}

/** Whether an instance type is this type, or belongs to this family. */
export function isOfType(instanceType: string, typeOrFamily: string): boolean {
  return instanceType === typeOrFamily || instanceType.startsWith(`${typeOrFamily}.`);
}
