import { type BaseRegistryOptions, baseRegistriesFor } from '../domain/build-secrets.ts';
import { formatGitAudience, type GitAudience, mostSpecific } from '../domain/git-audience.ts';
import { type DockerfileBuild, type Plan, type PlannedStep, plannedJob, type ScriptBuild } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import { contractVersion } from './contract.ts';

/** What a job's variables depend on, apart from its plan. */
export interface JobEnvironmentOptions extends BaseRegistryOptions {
  readonly buildId: string;
  /**
   * When the build was created, in milliseconds since the Unix epoch: its jobs take the stages of that month.
   * @default each job's own clock
   */
  readonly createdAt?: number;
  /** Whether the engine may run a foreign platform by emulation. */
  readonly emulation: boolean;
  /** AWS: where the builder finds git tokens. A job gets the one for its repository. */
  readonly gitSecrets?: readonly JobGitSecret[] | undefined;
  /** AWS: the Secrets Manager id of each build secret, by the id that recipes use. */
  readonly buildSecretIds?: ReadonlyMap<string, string> | undefined;
}

/** A git token in Secrets Manager. */
export interface JobGitSecret {
  readonly id: string;
  /** If the secret is a JSON object. */
  readonly key?: string | undefined;
  /** The servers that may receive it; undefined if only the secret itself names its host. */
  readonly audience?: GitAudience | undefined;
  /** @default `x-access-token`, or the one in the secret */
  readonly username?: string | undefined;
}

type Environment = Record<string, string>;

/** The variables of src/builder/contract.ts that a job's builder receives. Contains no secret. */
export function jobEnvironment(plan: Plan, platform: Platform, options: JobEnvironmentOptions): Environment {
  const { steps } = plannedJob(plan, platform);
  return {
    TWINHULL_CONTRACT: String(contractVersion),
    TWINHULL_BUILD_ID: options.buildId,
    TWINHULL_PLATFORM: platform,
    ...flag('TWINHULL_EMULATION', options.emulation),
    ...sourceEnvironment(plan),
    ...gitSecretEnvironment(gitSecretFor(plan.source.repository, options.gitSecrets ?? [])),
    ...destinationEnvironment(plan),
    ...loginEnvironment(plan, options),
    TWINHULL_STEP_COUNT: String(steps.length),
    ...merged(steps.map((step, index) => stepEnvironment(`TWINHULL_STEP_${index + 1}`, step, options))),
  };
}

function sourceEnvironment({ source }: Plan): Environment {
  return {
    TWINHULL_GIT_URL: source.repository,
    TWINHULL_COMMIT: source.commit,
    ...optional('TWINHULL_BRANCH', source.branch),
    ...optional('TWINHULL_REF', source.ref),
    ...optional('TWINHULL_SUBMODULES', digit(source.submodules)),
    ...optional('TWINHULL_LFS', digit(source.lfs)),
    ...optional('TWINHULL_DEPTH', source.depth?.toString()),
    ...flag('TWINHULL_TAGS', source.tags === true),
  };
}

/** The secret for this repository; otherwise one that names its own host, which the builder compares. */
function gitSecretFor(repository: string, secrets: readonly JobGitSecret[]): JobGitSecret | undefined {
  const bound = secrets.flatMap(({ audience, ...secret }) => (audience === undefined ? [] : [{ ...secret, audience }]));
  return mostSpecific(bound, repository) ?? secrets.find(({ audience }) => audience === undefined);
}

function gitSecretEnvironment(secret: JobGitSecret | undefined): Environment {
  return {
    ...optional('TWINHULL_GIT_SECRET_ID', secret?.id),
    ...optional('TWINHULL_GIT_SECRET_KEY', secret?.key),
    ...optional('TWINHULL_GIT_SECRET_HOST', secret?.audience && formatGitAudience(secret.audience)),
    ...optional('TWINHULL_GIT_USERNAME', secret?.username),
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

function loginEnvironment(plan: Plan, options: BaseRegistryOptions): Environment {
  const registries = baseRegistriesFor(plan, options);
  if (registries.length === 0) return {};
  const secrets = registries.map(({ secretId }, index) => optional(`TWINHULL_LOGIN_${index + 1}_ID`, secretId));
  return {
    ...list(
      'TWINHULL',
      'LOGIN_',
      registries.map(({ host }) => host),
    ),
    ...merged(secrets),
  };
}

function stepEnvironment(prefix: string, step: PlannedStep, options: JobEnvironmentOptions): Environment {
  return {
    [`${prefix}_IMAGE`]: step.image,
    [`${prefix}_KIND`]: step.build.kind,
    ...optional(`${prefix}_FROM`, step.from?.image),
    ...optional(`${prefix}_FROM_ARG`, step.from?.argument),
    ...flag(`${prefix}_INDEPENDENT`, step.architecture === 'independent'),
    ...(step.build.kind === 'script'
      ? scriptEnvironment(prefix, step.build, options)
      : dockerfileEnvironment(prefix, step.build, options)),
    [`${prefix}_VERIFY_COUNT`]: String(step.verify.length),
    ...merged(step.verify.map((words, index) => list(`${prefix}_VERIFY_${index + 1}`, '', words))),
  };
}

function scriptEnvironment(prefix: string, build: ScriptBuild, options: JobEnvironmentOptions): Environment {
  return {
    [`${prefix}_SCRIPT`]: build.path,
    ...list(prefix, 'ARG_', build.arguments),
    ...list(prefix, 'ENV_', assignments(build.environment)),
    ...secretsEnvironment(prefix, build.secrets, options),
    ...(build.cache === false && { [`${prefix}_CACHE`]: '0' }),
  };
}

/** `YYYYMM` in UTC. */
function monthOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString().slice(0, 7).replace('-', '');
}

function secretsEnvironment(
  prefix: string,
  ids: readonly string[] = [],
  { buildSecretIds }: JobEnvironmentOptions,
): Environment {
  return {
    ...list(prefix, 'SECRET_', ids),
    ...merged(ids.map((id, index) => optional(`${prefix}_SECRET_${index + 1}_ID`, buildSecretIds?.get(id)))),
  };
}

function dockerfileEnvironment(prefix: string, build: DockerfileBuild, options: JobEnvironmentOptions): Environment {
  return {
    ...('path' in build.dockerfile
      ? { [`${prefix}_DOCKERFILE`]: build.dockerfile.path }
      : { [`${prefix}_DOCKERFILE_INLINE`]: build.dockerfile.inline }),
    [`${prefix}_CONTEXT`]: build.context,
    ...optional(`${prefix}_TARGET`, build.target),
    ...list(prefix, 'BUILD_ARG_', assignments(build.arguments)),
    ...(build.once && list(prefix, 'ONCE_', assignments(build.once))),
    ...(build.once && optional(`${prefix}_ONCE_MONTH`, monthOf(options.createdAt))),
    ...secretsEnvironment(prefix, build.secrets, options),
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

/** Undefined is a third value. */
function digit(set: boolean | undefined): string | undefined {
  return set === undefined ? undefined : String(Number(set));
}

function merged(parts: readonly Environment[]): Environment {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}
