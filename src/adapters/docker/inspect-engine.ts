import { Engine } from './engine.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';

export interface EngineFacts {
  readonly version: string;
  readonly apiVersion: string;
  /** In the OCI form: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly os: string;
  readonly storageDriver: string;
  /** Where it keeps images and containers, on its own host. */
  readonly rootDir: string;
  /** Whether this engine has BuildKit in it (18.09 and later, on Linux); a client must ask for it. */
  readonly buildkitPossible: boolean;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

/** @throws EngineUnreachable */
export async function inspectEngine(endpoint: EngineEndpoint): Promise<EngineFacts> {
  const engine = new Engine(endpoint);
  try {
    const version = await engine.call('ask for its version', (api, signal) => api.version(signal));
    const info = (await engine.call('ask for its state', (api, signal) => api.info(signal))) as EngineInfo;
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

/** The part of `GET /info` that is used (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemInfo). */
interface EngineInfo {
  readonly Driver: string;
  readonly DockerRootDir: string;
  readonly NCPU: number;
  readonly MemTotal: number;
}

function isAtLeast(apiVersion: string, major: number, minor: number): boolean {
  const [givenMajor = 0, givenMinor = 0] = apiVersion.split('.').map(Number);
  return givenMajor > major || (givenMajor === major && givenMinor >= minor);
}
