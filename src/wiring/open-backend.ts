import { contextEngine } from '../adapters/docker/docker-context.ts';
import { DockerJobBackend } from '../adapters/docker/docker-job-backend.ts';
import { defaultEngine, parseEngineEndpoint } from '../adapters/docker/engine-endpoint.ts';
import { proxyEnvironment } from '../adapters/docker/proxy-environment.ts';
import { builderScript } from '../builder/script.ts';
import type { Clock } from '../ports/clock.ts';
import type { BackendRequest } from '../ports/job-backend.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { Settings } from '../settings/settings.ts';
import type { OpenBackend } from './open-batch-backend.ts';
import { openSecrets } from './open-secrets.ts';
import { registryCredentials } from './registry-credentials.ts';

/**
 * The job backend that the settings name.
 * @param onRequest called for each request to AWS
 * @throws SettingInvalid
 */
export async function openBackend(
  settings: Settings,
  clock: Clock,
  credentials = registryCredentials(settings),
  onRequest?: (request: BackendRequest) => void,
): Promise<OpenBackend> {
  if (settings.backend === 'docker')
    return openDockerBackend(settings, clock, await openSecrets(settings, credentials));
  // Loaded on demand: builds on an engine need not wait for the AWS SDK to load.
  const { openBatchBackend } = await import('./open-batch-backend.ts');
  return openBatchBackend(settings, clock, onRequest);
}

async function openDockerBackend(settings: Settings, clock: Clock, secrets: SecretSource): Promise<OpenBackend> {
  return new DockerJobBackend({
    engines: engineEndpoints(settings),
    builderImage: settings.builderImage,
    builderScript: await builderScript(),
    secrets,
    clock,
    gitCaFile: settings.gitCaFile,
    maxConcurrentJobs: settings.maxJobs,
    network: settings.dockerNetwork,
    emulation: settings.emulation,
    environment: proxyEnvironment(process.env),
  });
}

/**
 * The engines that the docker command would use, except those that are set for a platform.
 * @throws SettingInvalid
 */
export function engineEndpoints({ dockerHost, dockerContext, dockerHostArm64, dockerHostAmd64 }: Settings) {
  const current = dockerHost === undefined ? contextEngine(dockerContext) : parseEngineEndpoint(dockerHost);
  return {
    default: current ?? parseEngineEndpoint(defaultEngine),
    platforms: {
      ...(dockerHostArm64 && { 'linux/arm64': parseEngineEndpoint(dockerHostArm64) }),
      ...(dockerHostAmd64 && { 'linux/amd64': parseEngineEndpoint(dockerHostAmd64) }),
    },
  };
}
