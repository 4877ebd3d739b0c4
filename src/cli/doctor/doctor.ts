import type { DockerEngines } from '../../adapters/docker/docker-job-backend.ts';
import type { EngineEndpoint } from '../../adapters/docker/engine-endpoint.ts';
import { parseRepository } from '../../domain/git-repository.ts';
import { type Platform, platforms } from '../../domain/platform.ts';
import type { Registry } from '../../ports/registry.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import type { GitAudiences } from '../../wiring/git-audiences.ts';
import { type Check, type CheckResult, warning } from './check.ts';
import { checkEngine } from './engine-checks.ts';
import { judgeGitAudiences } from './git-audience-check.ts';
import { checkGit } from './git-check.ts';
import { checkOpenId, type OpenIdCheck } from './openid-check.ts';
import { checkRegistry } from './registry-check.ts';
import { checkSecretFiles } from './secret-files-check.ts';
import { checkStateFolder } from './state-folder-check.ts';

/** The checks of AWS, whose clients are loaded only when jobs run there. */
export interface AwsSide {
  readonly checks: readonly Check[];
  /** Whether the git token is in Secrets Manager. */
  readonly hasGitSecret: boolean;
  close(): Promise<void>;
}

/** What the checks of the current settings are made from. */
export interface DoctorOptions {
  /** Set where jobs run on Docker Engines. */
  readonly engines?: DockerEngines | undefined;
  /** Set where jobs run on AWS Batch. */
  readonly aws?: AwsSide | undefined;
  readonly builderImage: string;
  readonly emulation: boolean;
  readonly secrets: SecretSource;
  readonly stateFolder: string;
  /** Which git servers receive a token. */
  readonly gitAudiences?: (() => Promise<GitAudiences>) | undefined;
  /** Undefined when no destination is known. May throw when the destination is invalid. */
  readonly registry?: (() => Registry | Promise<Registry>) | undefined;
  /** URL; undefined when unknown. */
  readonly repository?: string | undefined;
  readonly gitCaFile?: string | undefined;
  /** Set where people sign in by OpenID Connect. */
  readonly signIn?: (() => Promise<OpenIdCheck>) | undefined;
  /** Files that hold secrets, by the setting that names them. @default none */
  readonly secretFiles?: ReadonlyMap<string, string>;
  /** Settings whose meaning changed in this release. @default none */
  readonly changed?: readonly string[];
}

/** Everything that a build needs; `runChecks` runs the checks concurrently. */
export function doctorChecks(options: DoctorOptions): readonly Check[] {
  const { engines, aws, secrets, stateFolder, registry } = options;
  return [
    ...(engines === undefined ? [] : engineChecks(engines, options)),
    ...(aws?.checks ?? []),
    { name: 'state folder', run: () => checkStateFolder('state folder', stateFolder) },
    {
      name: 'registry',
      timeLimit: 60_000,
      run: async () =>
        registry === undefined
          ? warning(
              'registry',
              'not checked: no destination is set',
              'set TWINHULL_DESTINATION, or give --destination host[:port]/path',
            )
          : checkRegistry('registry', await registry(), secrets),
    },
    ...gitCredentialsCheck(options),
    { name: 'git', run: () => gitResult('git', options) },
    ...signInCheck(options),
    { name: 'secret files', run: () => checkSecretFiles('secret files', options.secretFiles ?? new Map()) },
    ...(options.changed ?? []).map((text) => ({
      name: 'settings',
      run: async () => warning('settings', text, 'docs/recipes.md, Build secrets'),
    })),
  ];
}

function engineChecks(engines: DockerEngines, { builderImage, emulation, secrets }: DoctorOptions): readonly Check[] {
  const byEngine = enginesOf(engines);
  const isOneOfSeveral = byEngine.length > 1;
  return byEngine.map(({ endpoint, platforms: own }) => ({
    name: 'engine',
    timeLimit: 90_000,
    run: () => checkEngine({ endpoint, platforms: own, builderImage, secrets, emulation, isOneOfSeveral }),
  }));
}

function signInCheck({ signIn }: DoctorOptions): readonly Check[] {
  if (signIn === undefined) return [];
  const name = 'sign-in';
  return [{ name, run: async () => checkOpenId(name, await signIn()) }];
}

function gitCredentialsCheck({ gitAudiences }: DoctorOptions): readonly Check[] {
  if (gitAudiences === undefined) return [];
  const name = 'git credentials';
  return [{ name, run: async () => judgeGitAudiences(name, await gitAudiences()) }];
}

async function gitResult(name: string, { aws, repository, secrets, gitCaFile }: DoctorOptions): Promise<CheckResult> {
  if (repository === undefined)
    return warning(
      name,
      'not checked: no repository is known',
      'run it in a clone, set TWINHULL_REPOSITORY, or give --repository https://...',
    );
  if (aws?.hasGitSecret === true && (await secrets.gitCredential(parseRepository(repository))) === undefined)
    return warning(
      name,
      'not checked: the token is in Secrets Manager, and only jobs read it',
      'set TWINHULL_GIT_TOKEN_FILE to resolve branches, tags and short commits on this machine',
    );
  return checkGit(name, repository, { credential: (url) => secrets.gitCredential(url), caFile: gitCaFile });
}

interface EngineWithPlatforms {
  readonly endpoint: EngineEndpoint;
  readonly platforms: readonly Platform[];
}

/** Each distinct engine with the platforms that it builds for. */
export function enginesOf({ default: standard, platforms: own = {} }: DockerEngines): readonly EngineWithPlatforms[] {
  const endpoints = platforms.map((platform) => ({ platform, endpoint: own[platform] ?? standard }));
  const distinct = [...new Map(endpoints.map(({ endpoint }) => [endpoint.text, endpoint])).values()];
  return distinct.map((endpoint) => ({
    endpoint,
    platforms: endpoints.filter((one) => one.endpoint.text === endpoint.text).map(({ platform }) => platform),
  }));
}
