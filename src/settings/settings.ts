import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { HostPrices } from '../domain/build-estimate.ts';
import type { BaseRegistry } from '../domain/build-secrets.ts';
import { reasonOf, TwinhullError } from '../domain/errors/twinhull-error.ts';
import { parseStoredSecretId } from '../domain/stored-secret.ts';
import { baseRegistriesOf } from './base-registries.ts';
import { type GitSecret, type GitSettings, gitSecrets, gitSettings } from './git-settings.ts';
import { type GitHubSettings, gitHubSettings } from './github-settings.ts';
import { hostPricesOf } from './host-prices.ts';
import { type OpenIdSettings, openIdSettings } from './openid-settings.ts';
import { type NumberSetting, type SettingName, settingsCatalogue } from './setting-catalogue.ts';
import { stackDefaults } from './stack-defaults.ts';
import { stateFolder, xdgFolder } from './state-folder.ts';

/** All settings, parsed and with defaults. docs/settings.md describes each. */
export interface Settings {
  readonly stateFolder: string;
  /** May contain a password: never shown. */
  readonly databaseUrl: string | undefined;
  readonly recipe: string | undefined;
  readonly repository: string | undefined;
  readonly destination: string | undefined;
  readonly builderImage: string;
  readonly git: GitSettings;
  readonly gitCaFile: string | undefined;
  readonly registryCaFile: string | undefined;
  readonly registryCredentialsFile: string | undefined;
  readonly baseRegistries: readonly BaseRegistry[];
  readonly insecureRegistries: readonly string[];
  readonly secretsFolder: string | undefined;
  readonly secretRulesFile: string | undefined;
  readonly region: string;
  readonly dockerHost: string | undefined;
  /** Name of the docker context to use without `dockerHost`. */
  readonly dockerContext: string | undefined;
  readonly dockerHostArm64: string | undefined;
  readonly dockerHostAmd64: string | undefined;
  readonly dockerNetwork: string | undefined;
  readonly emulation: boolean;
  readonly maxJobs: number;
  readonly hostPrices: HostPrices | undefined;
  readonly maxAttempts: number;
  readonly retryDelaySeconds: number;
  readonly leaseSeconds: number;
  readonly intervalSeconds: number;
  /** Longest time between two polls of an idle build, without and with events. */
  readonly quietIntervalSeconds: number;
  readonly intervalWithEventsSeconds: number;
  readonly registryPatienceSeconds: number;
  readonly client: ClientSettings;
  readonly serve: ServeSettings;
  readonly github: GitHubSettings;
  /** Undefined where browsers cannot sign in by OpenID Connect. */
  readonly openId: OpenIdSettings | undefined;
  readonly backend: 'docker' | 'aws';
  readonly aws: AwsSettings;
}

/** How commands connect to a service. */
export interface ClientSettings {
  /** Validated when it is used. */
  readonly server: string | undefined;
  readonly tokenFile: string | undefined;
  readonly caFile: string | undefined;
  /** Whether plain http to another machine is allowed. */
  readonly insecure: boolean;
}

/** Further settings of `twinhull serve`. */
export interface ServeSettings {
  /** `host:port`; validated when the server starts to listen. */
  readonly listen: string;
  readonly publicUrl: string | undefined;
  /** Undefined where it is not set. */
  readonly allowedRepositories: readonly string[] | undefined;
  readonly allowedDestinations: readonly string[] | undefined;
  /** Requests per minute and token. */
  readonly rateLimit: number;
  readonly drainSeconds: number;
  /** How long a browser stays signed in; undefined where it is not set. */
  readonly sessionHours: number | undefined;
}

/** The resources of a build in AWS: the outputs of the CDK stack. */
export interface AwsSettings {
  readonly region: string;
  readonly arm64Queue: string | undefined;
  readonly amd64Queue: string | undefined;
  readonly jobDefinition: string | undefined;
  /** The time limit of the job definition, where the operator set it. */
  readonly longestRunSeconds: number | undefined;
  readonly eventQueueUrl: string | undefined;
  readonly gitSecrets: readonly GitSecret[];
  /** The Secrets Manager id of each build secret, by the id that recipes use. */
  readonly buildSecretIds: ReadonlyMap<string, string>;
  readonly ecrRepository: string | undefined;
  readonly settleSeconds: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings from the environment, which takes precedence over a settings file (`NAME=value` lines):
 * `TWINHULL_SETTINGS_FILE`, or `$XDG_CONFIG_HOME/twinhull/settings.env` if it exists.
 *
 * @throws SettingInvalid naming the setting, its value and what it may be
 */
export function loadSettings(environment: Environment = process.env): Settings {
  const values = { ...settingsFile(environment), ...present(environment) };
  const text = (name: SettingName): string | undefined => values[name];
  const file = (name: SettingName): string | undefined => values[name] && path.resolve(values[name]);
  const number = (name: NumberSetting, least: number, most: number): number =>
    numberOf(name, text(name), least, most) ?? settingsCatalogue[name].default;
  const list = (name: SettingName): readonly string[] | undefined =>
    values[name] === undefined ? undefined : wordsOf(values[name]);
  const batchRegion = text('BATCH_REGION') ?? (environment['AWS_REGION'] || stackDefaults.region);
  const jobDefinition = text('BUILD_JOB_DEFINITION');
  const backend = backendOf(text('TWINHULL_BACKEND'), jobDefinition);
  const git = gitSettings({ text, file });
  return {
    stateFolder: stateFolder({ ...environment, ...values }),
    databaseUrl: text('DATABASE_URL'),
    recipe: text('TWINHULL_RECIPE'),
    repository: text('TWINHULL_REPOSITORY'),
    destination: text('TWINHULL_DESTINATION'),
    builderImage: text('TWINHULL_BUILDER_IMAGE') ?? settingsCatalogue.TWINHULL_BUILDER_IMAGE.default,
    git,
    gitCaFile: file('TWINHULL_GIT_CA_FILE'),
    registryCaFile: file('TWINHULL_REGISTRY_CA_FILE'),
    registryCredentialsFile: file('TWINHULL_REGISTRY_CREDENTIALS_FILE'),
    baseRegistries: baseRegistriesOf(list('TWINHULL_BASE_REGISTRIES') ?? [], backend),
    insecureRegistries: wordsOf(text('TWINHULL_INSECURE_REGISTRIES') ?? ''),
    secretsFolder: file('TWINHULL_SECRETS_DIR'),
    secretRulesFile: file('TWINHULL_SECRET_RULES'),
    region: text('TWINHULL_REGION') ?? batchRegion,
    dockerHost: text('DOCKER_HOST'),
    dockerContext: text('DOCKER_CONTEXT'),
    dockerHostArm64: text('TWINHULL_DOCKER_HOST_ARM64'),
    dockerHostAmd64: text('TWINHULL_DOCKER_HOST_AMD64'),
    dockerNetwork: text('TWINHULL_DOCKER_NETWORK'),
    emulation:
      (choiceOf('TWINHULL_EMULATION', text('TWINHULL_EMULATION'), ['allow', 'refuse']) ??
        (backend === 'aws' ? 'refuse' : 'allow')) === 'allow',
    maxJobs: number('TWINHULL_MAX_JOBS', 1, 100),
    hostPrices: hostPricesOf(text('TWINHULL_PRICE_PER_HOUR')),
    maxAttempts: number('TWINHULL_MAX_ATTEMPTS', 1, 10),
    retryDelaySeconds: number('TWINHULL_RETRY_DELAY_SECONDS', 0, 3600),
    leaseSeconds: number('TWINHULL_LEASE_SECONDS', 1, 300),
    intervalSeconds: number('TWINHULL_INTERVAL_SECONDS', 0.05, 60),
    quietIntervalSeconds: number('TWINHULL_QUIET_INTERVAL_SECONDS', 0.05, 3600),
    intervalWithEventsSeconds: number('TWINHULL_HEARD_INTERVAL_SECONDS', 0.05, 3600),
    registryPatienceSeconds: number('TWINHULL_REGISTRY_PATIENCE_SECONDS', 0, 86_400),
    client: {
      server: text('TWINHULL_SERVER'),
      tokenFile: file('TWINHULL_TOKEN_FILE'),
      caFile: file('TWINHULL_SERVER_CA_FILE'),
      insecure: choiceOf('TWINHULL_INSECURE_SERVER', text('TWINHULL_INSECURE_SERVER'), ['allow', 'refuse']) === 'allow',
    },
    serve: {
      listen: text('TWINHULL_LISTEN') ?? settingsCatalogue.TWINHULL_LISTEN.default,
      publicUrl: urlOf('TWINHULL_PUBLIC_URL', text('TWINHULL_PUBLIC_URL')),
      allowedRepositories: list('TWINHULL_ALLOWED_REPOSITORIES'),
      allowedDestinations: list('TWINHULL_ALLOWED_DESTINATIONS'),
      rateLimit: number('TWINHULL_RATE_LIMIT', 1, 1_000_000),
      sessionHours: numberOf('TWINHULL_SESSION_HOURS', text('TWINHULL_SESSION_HOURS'), 0.01, 720),
      drainSeconds: number('TWINHULL_DRAIN_SECONDS', 0, 15),
    },
    github: gitHubSettings({ text, file, list }),
    openId: openIdSettings({ text, file, list }, text('TWINHULL_PUBLIC_URL')),
    backend,
    aws: {
      region: batchRegion,
      arm64Queue: text('BUILD_ARM64_QUEUE'),
      amd64Queue: text('BUILD_AMD64_QUEUE'),
      jobDefinition,
      longestRunSeconds: numberOf('BUILD_TIMEOUT_SECONDS', text('BUILD_TIMEOUT_SECONDS'), 60, 604_800),
      eventQueueUrl: urlOf('BUILD_EVENTS_QUEUE_URL', text('BUILD_EVENTS_QUEUE_URL')),
      gitSecrets: gitSecrets(text, secretsOf('TWINHULL_GIT_SECRETS', text('TWINHULL_GIT_SECRETS')), git.audience),
      buildSecretIds: secretsOf('TWINHULL_BUILD_SECRETS', text('TWINHULL_BUILD_SECRETS')),
      ecrRepository: text('ECR_REPOSITORY'),
      settleSeconds: number('TWINHULL_SETTLE_SECONDS', 1, 3600),
    },
  };
}

function backendOf(text: string | undefined, jobDefinition: string | undefined): Settings['backend'] {
  const standard = jobDefinition === undefined ? 'docker' : 'aws';
  return choiceOf('TWINHULL_BACKEND', text, ['docker', 'aws']) ?? standard;
}

/** Known settings that are set; an empty value counts as unset. */
function present(values: Environment): Partial<Record<SettingName, string>> {
  const names = Object.keys(settingsCatalogue) as SettingName[];
  return Object.fromEntries(names.flatMap((name) => (values[name] ? [[name, values[name]]] : [])));
}

function settingsFile(environment: Environment): Partial<Record<SettingName, string>> {
  const named = environment['TWINHULL_SETTINGS_FILE'];
  const file = named ?? path.join(xdgFolder(environment, 'XDG_CONFIG_HOME', '.config'), 'twinhull', 'settings.env');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (named === undefined) return {};
    throw new TwinhullError('SettingInvalid', `the settings file ${file} cannot be read: ${reasonOf(error)}`, {
      hint: 'correct TWINHULL_SETTINGS_FILE, or remove it',
    });
  }
  const values = parseEnv(text) as Record<string, string>;
  const unknown = Object.keys(values).find((name) => !(name in settingsCatalogue));
  if (unknown === undefined) return present(values);
  throw new TwinhullError('SettingInvalid', `the settings file ${file} holds "${unknown}", which is not a setting`, {
    hint: 'docs/settings.md lists them',
  });
}

function numberOf(name: SettingName, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new TwinhullError('SettingInvalid', `${name} is "${text}"`, {
    hint: `give a number from ${String(least)} to ${String(most)}`,
  });
}

function choiceOf<T extends string>(name: SettingName, text: string | undefined, choices: readonly T[]): T | undefined {
  if (text === undefined || (choices as readonly string[]).includes(text)) return text as T | undefined;
  throw new TwinhullError('SettingInvalid', `${name} is "${text}"`, { hint: `give one of: ${choices.join(', ')}` });
}

function urlOf(name: SettingName, text: string | undefined): string | undefined {
  if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return text;
  throw new TwinhullError('SettingInvalid', `${name} is "${text}"`, {
    hint: 'give a URL, such as https://host.example',
  });
}

/** Splits a comma-separated list. */
function wordsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

function secretsOf(name: SettingName, text: string | undefined): ReadonlyMap<string, string> {
  const pairs = wordsOf(text ?? '');
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0 && at < pair.length - 1) return [pair.slice(0, at), parseStoredSecretId(name, pair.slice(at + 1))];
      throw new TwinhullError('SettingInvalid', `${name} holds "${pair}"`, {
        hint: 'give id=value, with commas between',
      });
    }),
  );
}
