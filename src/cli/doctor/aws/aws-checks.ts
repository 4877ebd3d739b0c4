import type { AwsInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import type { AwsAnswer } from '../../../adapters/aws/sdk/aws-errors.ts';
import { type Platform, platformSuffix, platforms } from '../../../domain/platform.ts';
import type { AwsSettings } from '../../../settings/settings.ts';
import { type Check, type CheckResult, ok, problem } from '../check.ts';
import { checkDefinitionImage, type OpenRegistry } from './definition-image-check.ts';
import { type Asker, failureResult } from './failure-result.ts';
import { judgeFit } from './fit-check.ts';
import { judgeHosts, namedTypes } from './hosts-check.ts';
import { judgeIdentity } from './identity-check.ts';
import { judgeJobDefinition } from './job-definition-check.ts';
import { type Lookups, lookups, queueSetting } from './lookups.ts';
import { judgeNetwork } from './network-check.ts';
import { judgeQueue } from './queue-check.ts';
import { judgeVcpuQuota, unknownQuota, type VcpuQuota, vcpuQuotas } from './quota-check.ts';
import { judgeRepository, missingRepository } from './repository-check.ts';
import { judgeSecret, missingSecret } from './secret-check.ts';

/** What the checks of AWS compare. */
export interface AwsChecksOptions {
  readonly settings: AwsSettings;
  readonly inspector: AwsInspector;
  readonly builderScript: () => Promise<string>;
  readonly registry: OpenRegistry;
}

interface Context extends AwsChecksOptions {
  readonly account: Lookups;
  readonly asker: Asker;
}

type Results = CheckResult | readonly CheckResult[];

/** Everything that a build on AWS Batch needs. Checks that depend on a failed one are left out. */
export function awsChecks(options: AwsChecksOptions): readonly Check[] {
  const { settings, inspector } = options;
  const account = lookups(settings, inspector);
  const check = (name: string, run: (name: string, context: Context) => Promise<Results>): Check => ({
    name,
    timeLimit: 60_000,
    run: async () => {
      const asker = await askerOf(account, settings);
      return asker === undefined ? [] : run(name, { ...options, account, asker });
    },
  });
  return [
    { name: 'AWS identity', timeLimit: 60_000, run: () => checkIdentity('AWS identity', account, settings) },
    ...platforms.flatMap((platform) => [
      check(`queue ${platformSuffix(platform)}`, (name, context) => checkQueue(name, platform, context)),
      check(`hosts ${platformSuffix(platform)}`, (name, context) => checkHosts(name, platform, context)),
    ]),
    check('job definition', checkJobDefinition),
    check('builder image', checkBuilderImage),
    check('secret', checkSecrets),
    check('repository', checkRepository),
    check('vCPU quota', checkQuota),
    check('network', checkNetwork),
  ];
}

async function checkIdentity(name: string, account: Lookups, settings: AwsSettings): Promise<Results> {
  const identity = await account.identity();
  if ('failure' in identity) return failureResult(name, identity.failure, settings);
  return judgeIdentity(name, identity.value, settings);
}

/**
 * Undefined when further requests are pointless: without an identity, with one of another partition, or with an
 * unusable setting. The identity check reports the reason.
 */
async function askerOf(account: Lookups, settings: AwsSettings): Promise<Asker | undefined> {
  const identity = await account.identity().catch(() => undefined);
  if (identity === undefined || 'failure' in identity) return undefined;
  const isAtHome = judgeIdentity('', identity.value, settings).every(({ status }) => status !== 'problem');
  return isAtHome ? { region: settings.region, caller: identity.value.arn } : undefined;
}

async function checkQueue(name: string, platform: Platform, { settings, account, asker }: Context): Promise<Results> {
  const setting = queueSetting(settings, platform);
  if (setting === undefined) return notSet(name, `BUILD_${platformSuffix(platform).toUpperCase()}_QUEUE`);
  return judged(await account.queue(platform), name, asker, (queue) => judgeQueue(name, setting, queue, asker));
}

async function checkHosts(name: string, platform: Platform, { inspector, account, asker }: Context): Promise<Results> {
  const environments = await account.environments(platform);
  if ('failure' in environments)
    return hasQueue(account, platform, () => failureResult(name, environments.failure, asker));
  return hasQueue(account, platform, async () => {
    const named = namedTypes(environments.value);
    const offered = named.length === 0 ? { value: new Set<string>() } : await inspector.offeredTypes(named);
    const [types, definition] = await Promise.all([account.types(platform), account.jobDefinition()]);
    const facts = { environments: environments.value, offered: valueOf(offered), types: valueOf(types) };
    const job = valueOf(definition);
    return [
      ...judgeHosts(name, platform, facts, asker),
      ...(job === undefined || !facts.types?.length ? [] : judgeFit(name, job, facts.types)),
      ...[offered, types].flatMap((answer) => ('failure' in answer ? failureResult(name, answer.failure, asker) : [])),
    ];
  });
}

/** A problem of the queue itself is reported once, by its own check. */
async function hasQueue(account: Lookups, platform: Platform, run: () => Results | Promise<Results>): Promise<Results> {
  const queue = await account.queue(platform);
  if ('failure' in queue || !queue.value?.computeEnvironments.length) return [];
  return run();
}

async function checkJobDefinition(
  name: string,
  { settings, account, asker, builderScript }: Context,
): Promise<Results> {
  const { jobDefinition, longestRunSeconds } = settings;
  if (jobDefinition === undefined) return notSet(name, 'BUILD_JOB_DEFINITION');
  const script = await builderScript();
  return judged(await account.jobDefinition(), name, asker, (facts) =>
    judgeJobDefinition(name, jobDefinition, facts, { ...asker, builderScript: script, longestRunSeconds }),
  );
}

/** A job definition that could not be read is reported by its own check. */
async function checkBuilderImage(name: string, { account, registry }: Context): Promise<Results> {
  const image = valueOf(await account.jobDefinition())?.image;
  return image === undefined ? [] : checkDefinitionImage(name, image, registry);
}

async function checkSecrets(name: string, { settings, inspector, asker }: Context): Promise<Results> {
  const { gitSecrets, buildSecretIds } = settings;
  const wanted = [
    ...gitSecrets,
    ...[...buildSecretIds.values()].map((id) => ({ id, setting: 'TWINHULL_BUILD_SECRETS' })),
  ];
  if (wanted.length === 0) return ok(name, 'none is set: only public repositories can be cloned');
  return Promise.all(
    wanted.map(async ({ id, setting }) => {
      const answer = await inspector.secret(id);
      if ('failure' in answer && answer.failure.kind === 'not-found') return missingSecret(name, id, setting, asker);
      return judged(answer, name, asker, (facts) => judgeSecret(name, facts, asker));
    }),
  ).then((results) => results.flat());
}

async function checkRepository(name: string, { settings, inspector, asker }: Context): Promise<Results> {
  const { ecrRepository } = settings;
  if (ecrRepository === undefined) return [];
  const answer = await inspector.repository(ecrRepository);
  if ('failure' in answer && answer.failure.kind === 'not-found') return missingRepository(name, ecrRepository, asker);
  return judged(answer, name, asker, (facts) => judgeRepository(name, facts));
}

async function checkQuota(name: string, context: Context): Promise<Results> {
  const results = await Promise.all(vcpuQuotas.map((quota) => checkQuotaOf(name, quota, context)));
  return results.flat();
}

async function checkQuotaOf(name: string, quota: VcpuQuota, { inspector, account, asker }: Context): Promise<Results> {
  const environments = (await environmentsOfAll(account)).filter(({ resource }) => resource === quota.resource);
  if (environments.length === 0) return [];
  const jobs = valueOf(await account.jobDefinition())?.vcpus ?? 0;
  const hosts: number[] = [];
  for (const platform of platforms) {
    const own = valueOf(await account.environments(platform)) ?? [];
    if (!own.some(({ resource }) => resource === quota.resource)) continue;
    const types = valueOf(await account.types(platform)) ?? [];
    hosts.push(types.length === 0 ? jobs : Math.min(...types.map(({ vcpus }) => vcpus)));
  }
  const demand = {
    oneHost: Math.min(...hosts),
    oneBuild: hosts.reduce((sum, vcpus) => sum + vcpus, 0),
    most: environments.reduce((sum, { maxVcpus }) => sum + maxVcpus, 0),
  };
  const answer = await inspector.vcpuQuota(quota.code);
  if ('failure' in answer) return unknownQuota(name, quota, answer.failure);
  return judgeVcpuQuota(name, quota, answer.value, demand, asker);
}

async function checkNetwork(name: string, { inspector, account, asker }: Context): Promise<Results> {
  const subnets = [...new Set((await environmentsOfAll(account)).flatMap((environment) => environment.subnets))];
  if (subnets.length === 0) return [];
  return judged(await inspector.network(subnets), name, asker, (facts) => judgeNetwork(name, facts, asker));
}

async function environmentsOfAll(account: Lookups) {
  const found = (await Promise.all(platforms.map((platform) => account.environments(platform)))).flatMap(
    (answer) => valueOf(answer) ?? [],
  );
  return [...new Map(found.map((environment) => [environment.arn, environment])).values()];
}

function judged<T>(answer: AwsAnswer<T>, name: string, asker: Asker, judge: (value: T) => Results): Results {
  return 'failure' in answer ? failureResult(name, answer.failure, asker) : judge(answer.value);
}

function valueOf<T>(answer: AwsAnswer<T>): T | undefined {
  return 'failure' in answer ? undefined : answer.value;
}

function notSet(name: string, setting: string): CheckResult {
  return {
    ...problem(name, `${setting} is not set`, 'copy it from the outputs of the stack (docs/deploying.md)'),
    code: 'SettingInvalid',
  };
}
