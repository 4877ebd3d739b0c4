import type { DockerEngines } from '../../adapters/docker/docker-job-backend.ts';
import type { EngineEndpoint } from '../../adapters/docker/engine-endpoint.ts';
import { type Platform, platforms } from '../../domain/platform.ts';
import type { Registry } from '../../ports/registry.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { type Check, type CheckResult, warning } from './check.ts';
import { checkEngine } from './engine-checks.ts';
import { checkGit } from './git-check.ts';
import { checkRegistry } from './registry-check.ts';
import { checkStateFolder } from './state-folder-check.ts';

export interface AwsSide {
  readonly checks: readonly Check[];
  /** Whether the git token is in Secrets Manager. */
  readonly hasGitSecret: boolean;
  close(): Promise<void>;
}

export interface DoctorOptions {
  /** Set where jobs run on Docker Engines. */
  readonly engines?: DockerEngines | undefined;
  /** Set where jobs run on AWS Batch. */
  readonly aws?: AwsSide | undefined;
  readonly builderImage: string;
  readonly emulation: boolean;
  readonly secrets: SecretSource;
  readonly stateFolder: string;
  /** Undefined where no destination is known. May throw when the destination is not valid. */
  readonly registry?: (() => Registry | Promise<Registry>) | undefined;
  /** URL; undefined where none is known. */
  readonly repository?: string | undefined;
  readonly gitCaFile?: string | undefined;
}

/** Everything that a build needs, to be run side by side by `runChecks`. */
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
              'not tried: no destination is set',
              'set TWINHULL_DESTINATION, or give --destination host/path',
            )
          : checkRegistry('registry', await registry(), secrets),
    },
    { name: 'git', run: () => gitResult('git', options) },
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

async function gitResult(name: string, { aws, repository, secrets, gitCaFile }: DoctorOptions): Promise<CheckResult> {
  if (repository === undefined)
    return warning(
      name,
      'not tried: no repository is known',
      'stand in a clone, set TWINHULL_REPOSITORY, or give --repository https://...',
    );
  if (aws?.hasGitSecret === true && (await secrets.gitToken(repository)) === undefined)
    return warning(
      name,
      'not tried: the token is in Secrets Manager, where only the jobs read it',
      'set TWINHULL_GIT_TOKEN_FILE, where branches, tags and short commits are to be resolved from here',
    );
  return checkGit(name, repository, { token: () => secrets.gitToken(repository), caFile: gitCaFile });
}

interface EngineWithPlatforms {
  readonly endpoint: EngineEndpoint;
  readonly platforms: readonly Platform[];
}

/** Each engine once, with what it builds for. */
export function enginesOf({ default: standard, platforms: own = {} }: DockerEngines): readonly EngineWithPlatforms[] {
  const endpoints = platforms.map((platform) => ({ platform, endpoint: own[platform] ?? standard }));
  const distinct = [...new Map(endpoints.map(({ endpoint }) => [endpoint.text, endpoint])).values()];
  return distinct.map((endpoint) => ({
    endpoint,
    platforms: endpoints.filter((one) => one.endpoint.text === endpoint.text).map(({ platform }) => platform),
  }));
}
