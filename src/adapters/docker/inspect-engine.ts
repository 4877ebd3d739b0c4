import { Engine } from './engine.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';

/** What the engine reports about itself and its host. */
export interface EngineFacts {
  readonly version: string;
  readonly apiVersion: string;
  /** In the OCI form: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly os: string;
  readonly storageDriver: string;
  /** Where it stores images and containers, on its own host. */
  readonly rootDir: string;
  /** Whether this engine includes BuildKit (18.09 and later, on Linux); a client must ask for it. */
  readonly buildkitPossible: boolean;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

/** @throws EngineUnreachable */
export async function inspectEngine(endpoint: EngineEndpoint): Promise<EngineFacts> {
  const engine = new Engine(endpoint);
  try {
    const version = await engine.call('request its version', (api, signal) => api.version(signal));
    const info = await engine.call('request its state', (api, signal) => api.info(signal));
    return {
      version: version.Version,
      apiVersion: version.ApiVersion,
      architecture: version.Arch,
      os: version.Os,
      storageDriver: info.Driver,
      rootDir: info.DockerRootDir,
      buildkitPossible: version.Os === 'linux' && isAtLeast(version.ApiVersion, 1, 39),
      cpus: info.NCPU,
      memory: info.MemTotal,
    };
  } finally {
    engine.close();
  }
}

function isAtLeast(apiVersion: string, major: number, minor: number): boolean {
  const [givenMajor = 0, givenMinor = 0] = apiVersion.split('.').map(Number);
  return givenMajor > major || (givenMajor === major && givenMinor >= minor);
}
