import { DockerJobBackend } from '../adapters/docker/docker-job-backend.ts';
import { defaultEngine, parseEngineEndpoint } from '../adapters/docker/engine-endpoint.ts';
import { proxyEnvironment } from '../adapters/docker/proxy-environment.ts';
import { FileSecretSource } from '../adapters/secrets/file-secret-source.ts';
import { builderScript } from '../builder/script.ts';
import type { Clock } from '../ports/clock.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { Settings } from '../settings/settings.ts';
import { registryCredentials } from './open-registry.ts';

export function secretSource(settings: Settings): SecretSource {
  const { gitTokenFile, secretsFolder } = settings;
  return new FileSecretSource({ gitTokenFile, secretsFolder, registryCredentials });
}

/** @throws SettingInvalid */
export async function openBackend(settings: Settings, clock: Clock): Promise<DockerJobBackend> {
  return new DockerJobBackend({
    engines: engineEndpoints(settings),
    builderImage: settings.builderImage,
    builderScript: await builderScript(),
    secrets: secretSource(settings),
    clock,
    gitCaFile: settings.gitCaFile,
    maxConcurrentJobs: settings.maxJobs,
    network: settings.dockerNetwork,
    emulation: settings.emulation,
    environment: proxyEnvironment(process.env),
  });
}

/** @throws SettingInvalid */
export function engineEndpoints({ dockerHost, dockerHostArm64, dockerHostAmd64 }: Settings) {
  return {
    default: parseEngineEndpoint(dockerHost ?? defaultEngine),
    platforms: {
      ...(dockerHostArm64 && { 'linux/arm64': parseEngineEndpoint(dockerHostArm64) }),
      ...(dockerHostAmd64 && { 'linux/amd64': parseEngineEndpoint(dockerHostAmd64) }),
    },
  };
}
