import { type DockerfileBuild, type Plan, type PlannedStep, plannedJob, type ScriptBuild } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import { contractVersion } from './contract.ts';

export interface JobEnvironmentOptions {
  readonly buildId: string;
  /** Whether the engine may run a foreign platform by emulation. */
  readonly emulation: boolean;
  /** AWS: where the builder finds the git token; `key` where the secret is a JSON object. */
  readonly gitSecret?: { readonly id: string; readonly key?: string | undefined } | undefined;
  /** AWS: the Secrets Manager id of each build secret, by the id that recipes use. */
  readonly buildSecretIds?: ReadonlyMap<string, string> | undefined;
}

type Environment = Record<string, string>;

/** What a job's builder is told: the variables of src/builder/contract.ts. Holds no secret. */
export function jobEnvironment(plan: Plan, platform: Platform, options: JobEnvironmentOptions): Environment {
  const { steps } = plannedJob(plan, platform);
  return {
    TWINHULL_CONTRACT: String(contractVersion),
    TWINHULL_BUILD_ID: options.buildId,
    TWINHULL_PLATFORM: platform,
    ...flag('TWINHULL_EMULATION', options.emulation),
    ...sourceEnvironment(plan),
    ...optional('TWINHULL_GIT_SECRET_ID', options.gitSecret?.id),
    ...optional('TWINHULL_GIT_SECRET_KEY', options.gitSecret?.key),
    ...destinationEnvironment(plan),
    TWINHULL_STEP_COUNT: String(steps.length),
    ...merged(steps.map((step, index) => stepEnvironment(`TWINHULL_STEP_${index + 1}`, step, options))),
  };
}

function sourceEnvironment({ source }: Plan): Environment {
  return {
    TWINHULL_GIT_URL: source.repository,
    TWINHULL_COMMIT: source.commit,
    ...optional('TWINHULL_BRANCH', source.branch),
    ...flag('TWINHULL_SUBMODULES', source.submodules),
  };
}

function destinationEnvironment({ destination }: Plan): Environment {
  const slash = destination.repository.indexOf('/');
  return {
    TWINHULL_REGISTRY_HOST: destination.repository.slice(0, slash),
    TWINHULL_REGISTRY_PATH: destination.repository.slice(slash + 1),
    TWINHULL_REGISTRY_KIND: destination.kind,
    TWINHULL_REGION: destination.region,
  };
}

function stepEnvironment(prefix: string, step: PlannedStep, options: JobEnvironmentOptions): Environment {
  return {
    [`${prefix}_IMAGE`]: step.image,
    [`${prefix}_KIND`]: step.build.kind,
    ...optional(`${prefix}_FROM`, step.from?.image),
    ...optional(`${prefix}_FROM_ARG`, step.from?.argument),
    ...(step.build.kind === 'script'
      ? scriptEnvironment(prefix, step.build)
      : dockerfileEnvironment(prefix, step.build, options)),
    [`${prefix}_VERIFY_COUNT`]: String(step.verify.length),
    ...merged(step.verify.map((words, index) => list(`${prefix}_VERIFY_${index + 1}`, '', words))),
  };
}

function scriptEnvironment(prefix: string, build: ScriptBuild): Environment {
  return {
    [`${prefix}_SCRIPT`]: build.path,
    ...list(prefix, 'ARG_', build.arguments),
    ...list(prefix, 'ENV_', assignments(build.environment)),
  };
}

function dockerfileEnvironment(
  prefix: string,
  build: DockerfileBuild,
  { buildSecretIds }: JobEnvironmentOptions,
): Environment {
  return {
    ...('path' in build.dockerfile
      ? { [`${prefix}_DOCKERFILE`]: build.dockerfile.path }
      : { [`${prefix}_DOCKERFILE_INLINE`]: build.dockerfile.inline }),
    [`${prefix}_CONTEXT`]: build.context,
    ...optional(`${prefix}_TARGET`, build.target),
    ...list(prefix, 'BUILD_ARG_', assignments(build.arguments)),
    ...list(prefix, 'SECRET_', build.secrets),
    ...merged(build.secrets.map((id, index) => optional(`${prefix}_SECRET_${index + 1}_ID`, buildSecretIds?.get(id)))),
    ...flag(`${prefix}_CACHE`, build.cache),
  };
}

/** `P_ARG_COUNT`, `P_ARG_1`, ...: one variable per element, so that no element has to be quoted. */
function list(prefix: string, name: string, values: readonly string[]): Environment {
  const elements = values.map((value, index) => [`${prefix}_${name}${index + 1}`, value] as const);
  return { [`${prefix}_${name}COUNT`]: String(values.length), ...Object.fromEntries<string>(elements) };
}

function assignments(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`);
}

function optional(name: string, value: string | undefined): Environment {
  return value === undefined ? {} : { [name]: value };
}

function flag(name: string, set: boolean): Environment {
  return set ? { [name]: '1' } : {};
}

function merged(parts: readonly Environment[]): Environment {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}
