import type { AwsInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import type {
  ComputeEnvironmentFacts,
  IdentityFacts,
  InstanceTypeFacts,
  JobDefinitionFacts,
  QueueFacts,
} from '../../../adapters/aws/inspect/facts.ts';
import { type AwsAnswer, mapAwsAnswer } from '../../../adapters/aws/sdk/aws-errors.ts';
import { type Platform, platforms } from '../../../domain/platform.ts';
import type { AwsSettings } from '../../../settings/settings.ts';
import { namedTypes } from './hosts-check.ts';

/** Facts that several checks need, each requested once. */
export interface Lookups {
  identity(): Promise<AwsAnswer<IdentityFacts>>;
  /** Undefined when no queue is set, or none of that name exists. */
  queue(platform: Platform): Promise<AwsAnswer<QueueFacts | undefined>>;
  /** Of the queue; empty without a queue. */
  environments(platform: Platform): Promise<AwsAnswer<readonly ComputeEnvironmentFacts[]>>;
  /** Of these environments. */
  types(platform: Platform): Promise<AwsAnswer<readonly InstanceTypeFacts[]>>;
  /** Undefined when none is set, or none of that name exists. */
  jobDefinition(): Promise<AwsAnswer<JobDefinitionFacts | undefined>>;
}

/** The queue that the settings name for the platform. */
export function queueSetting(settings: AwsSettings, platform: Platform): string | undefined {
  return platform === 'linux/arm64' ? settings.arm64Queue : settings.amd64Queue;
}

/** Each query is made at most once, however many checks need its result. */
export function lookups(settings: AwsSettings, inspector: AwsInspector): Lookups {
  const queue = oncePerPlatform(async (platform) => {
    const name = queueSetting(settings, platform);
    return name === undefined ? { value: undefined } : inspector.queue(name);
  });
  const environments = oncePerPlatform(async (platform): Promise<AwsAnswer<readonly ComputeEnvironmentFacts[]>> => {
    const names = mapAwsAnswer(await queue(platform), (found) => found?.computeEnvironments ?? []);
    if ('failure' in names || names.value.length === 0) return names as AwsAnswer<readonly never[]>;
    return inspector.computeEnvironments(names.value);
  });
  const types = oncePerPlatform(async (platform): Promise<AwsAnswer<readonly InstanceTypeFacts[]>> => {
    const names = mapAwsAnswer(await environments(platform), namedTypes);
    if ('failure' in names || names.value.length === 0) return names as AwsAnswer<readonly never[]>;
    return inspector.instanceTypes(names.value);
  });
  const { jobDefinition } = settings;
  return {
    identity: once(() => inspector.identity()),
    queue,
    environments,
    types,
    jobDefinition: once(async () =>
      jobDefinition === undefined ? { value: undefined } : inspector.jobDefinition(jobDefinition),
    ),
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}

function oncePerPlatform<T>(ask: (platform: Platform) => Promise<T>): (platform: Platform) => Promise<T> {
  const asked = new Map(platforms.map((platform) => [platform, once(() => ask(platform))]));
  return (platform) => asked.get(platform)?.() ?? ask(platform);
}
