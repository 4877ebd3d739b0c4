import type { DockerEngines } from '../../adapters/docker/docker-job-backend.ts';
import type { EngineEndpoint } from '../../adapters/docker/engine-endpoint.ts';
import { type Platform, platforms } from '../../domain/platform.ts';
import type { Registry } from '../../ports/registry.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { type Check, warning } from './check.ts';
import { checkEngine } from './engine-checks.ts';
import { checkGit } from './git-check.ts';
import { checkRegistry } from './registry-check.ts';
import { checkStateFolder } from './state-folder-check.ts';

export interface DoctorOptions {
  readonly engines: DockerEngines;
  readonly builderImage: string;
  readonly emulation: boolean;
  readonly secrets: SecretSource;
  readonly stateFolder: string;
  /** Undefined where no destination is known. May throw when the destination is not valid. */
  readonly registry?: (() => Registry) | undefined;
  /** URL; undefined where none is known. */
  readonly repository?: string | undefined;
  readonly gitCaFile?: string | undefined;
}

/** Everything that a build needs, to be run side by side by `runChecks`. */
export function doctorChecks(options: DoctorOptions): readonly Check[] {
  const { builderImage, emulation, secrets, stateFolder, registry, repository, gitCaFile } = options;
  const byEngine = enginesOf(options.engines);
  const engines = byEngine.map(
    ({ endpoint, platforms: own }): Check => ({
      name: 'engine',
      timeLimit: 90_000,
      run: () =>
        checkEngine({
          endpoint,
          platforms: own,
          builderImage,
          secrets,
          emulation,
          isOneOfSeveral: byEngine.length > 1,
        }),
    }),
  );
  return [
    ...engines,
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
          : checkRegistry('registry', registry(), secrets),
    },
    {
      name: 'git',
      run: async () =>
        repository === undefined
          ? warning(
              'git',
              'not tried: no repository is known',
              'stand in a clone, set TWINHULL_REPOSITORY, or give --repository https://...',
            )
          : checkGit('git', repository, { token: () => secrets.gitToken(), caFile: gitCaFile }),
    },
  ];
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
