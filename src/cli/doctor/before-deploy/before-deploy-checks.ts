import type { StackInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import type { IdentityFacts } from '../../../adapters/aws/inspect/facts.ts';
import type { AwsAnswer } from '../../../adapters/aws/sdk/aws-errors.ts';
import { platformSuffix } from '../../../domain/platform.ts';
import { stackDefaults } from '../../../settings/stack-defaults.ts';
import { parseArn, partitionOf } from '../aws/arn.ts';
import { failureResult } from '../aws/failure-result.ts';
import { judgeFit } from '../aws/fit-check.ts';
import { isBatchKeyword } from '../aws/hosts-check.ts';
import { judgeNetwork } from '../aws/network-check.ts';
import { judgeVcpuQuota, unknownQuota, vcpuQuotas } from '../aws/quota-check.ts';
import { type Check, type CheckResult, ok, problem } from '../check.ts';
import { type Context, judged, type Results, valueOf } from './context.ts';
import { checkDefinitionName, checkQueueName, checkRepositoryName, checkSecrets } from './name-checks.ts';
import type { PlannedHosts, PlannedStack } from './planned-stack.ts';
import { judgeBootstrap, judgeStack, toolkitStack } from './stack-check.ts';
import { alternatives, judgeTypeOffers } from './type-offers-check.ts';

/**
 * Whether the stack can be deployed into this account and region, before there is one. The caller is the operator who
 * deploys; nothing is changed.
 */
export function beforeDeployChecks(planned: PlannedStack, inspector: StackInspector): readonly Check[] {
  const { region } = planned;
  const identity = once(() => inspector.identity());
  const stack = once(() => inspector.stack(planned.stackName));
  const check = (name: string, run: (name: string, context: Context) => Promise<Results>): Check => ({
    name,
    timeLimit: 60_000,
    run: async () => {
      const caller = await identity().catch(() => undefined);
      if (caller === undefined || 'failure' in caller || !isAtHome(caller.value, region)) return [];
      const asker = { region, regionSetting, caller: caller.value.arn, account: caller.value.account };
      return run(name, { planned, inspector, asker, stack });
    },
  });
  return [
    {
      name: 'AWS identity',
      timeLimit: 60_000,
      run: async () => identityResult('AWS identity', await identity(), region),
    },
    check('stack', checkStack),
    ...(planned.bootstrapped ? [check('bootstrap', checkBootstrap)] : []),
    ...planned.hosts.map((hosts) =>
      check(`types ${platformSuffix(hosts.platform)}`, (name, context) => checkTypes(name, hosts, context)),
    ),
    check('zones', checkZones),
    check('network', checkSubnets),
    check('vCPU quota', checkQuota),
    ...planned.hosts.map((hosts) =>
      check(`queue ${platformSuffix(hosts.platform)}`, (name, context) => checkQueueName(name, hosts, context)),
    ),
    check('job definition', checkDefinitionName),
    check('repository', checkRepositoryName),
    check('secret', checkSecrets),
  ];
}

const regionSetting = '-c region';

function isAtHome({ arn }: IdentityFacts, region: string): boolean {
  const partition = parseArn(arn)?.partition;
  return partition === undefined || partition === partitionOf(region);
}

function identityResult(name: string, answer: AwsAnswer<IdentityFacts>, region: string): CheckResult {
  if ('failure' in answer) return failureResult(name, answer.failure, { region, regionSetting });
  const { arn, account } = answer.value;
  if (isAtHome(answer.value, region)) return ok(name, `${arn}, account ${account}, ${region}`);
  return problem(
    name,
    `${arn} belongs to another partition than ${region} (${partitionOf(region)}), where the stack would be deployed`,
    'name the region of the stack: -c region=REGION, or use other credentials (AWS_PROFILE)',
  );
}

async function checkStack(name: string, { planned, stack, asker }: Context): Promise<Results> {
  return judged(await stack(), name, asker, (facts) => judgeStack(name, planned.stackName, facts, asker));
}

async function checkBootstrap(name: string, { inspector, asker }: Context): Promise<Results> {
  return judged(await inspector.stack(toolkitStack), name, asker, (facts) => judgeBootstrap(name, facts, asker));
}

async function checkTypes(name: string, hosts: PlannedHosts, { planned, inspector, asker }: Context): Promise<Results> {
  const named = hosts.instanceTypes.filter((type) => !isBatchKeyword(type));
  const [offers, types] = await Promise.all([
    inspector.typeZones([...new Set([...named, ...alternatives[hosts.platform]])]),
    named.length === 0 ? { value: [] } : inspector.instanceTypes(named),
  ]);
  const known = valueOf(types);
  return [
    ...[
      judged(offers, name, asker, (value) =>
        judgeTypeOffers(name, hosts, { offers: value, zones: planned.zones, types: known }, asker),
      ),
    ].flat(),
    ...(known?.length ? judgeFit(name, { ...stackDefaults.job, memory: stackDefaults.job.memoryMiB }, known) : []),
    ...('failure' in types ? [failureResult(name, types.failure, asker)] : []),
  ];
}

/** A zone that the account lacks fails the creation of its subnet. */
async function checkZones(name: string, { planned: { zones }, inspector, asker }: Context): Promise<Results> {
  if (zones === undefined) return [];
  return judged(await inspector.zones(), name, asker, (existing) => {
    const missing = zones.filter((zone) => !existing.includes(zone));
    if (missing.length === 0) return ok(name, zones.join(', '));
    return problem(
      name,
      `the account has no zone ${missing.join(', ')} in ${asker.region}: the deployment fails`,
      `-c availabilityZones=${existing.slice(0, 3).join(',')}`,
    );
  });
}

async function checkSubnets(name: string, { planned: { subnets }, inspector, asker }: Context): Promise<Results> {
  if (subnets.length === 0) return [];
  return judged(await inspector.network(subnets), name, asker, (facts) => judgeNetwork(name, facts, asker));
}

async function checkQuota(name: string, { planned, inspector, asker }: Context): Promise<Results> {
  const quota = vcpuQuotas.find(({ resource }) => resource === 'EC2');
  if (quota === undefined) return [];
  const answer = await inspector.vcpuQuota(quota.code);
  if ('failure' in answer) return unknownQuota(name, quota, answer.failure);
  const { vcpus } = stackDefaults.job;
  const { hosts, maxVcpus } = planned;
  const demand = { oneHost: vcpus, oneBuild: vcpus * hosts.length, most: maxVcpus * hosts.length };
  return judgeVcpuQuota(name, quota, answer.value, demand, asker);
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}
