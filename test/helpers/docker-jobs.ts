import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { type Lab, readLab } from '../../lab/lab.ts';
import { DockerJobBackend, type DockerJobBackendOptions } from '../../src/adapters/docker/docker-job-backend.ts';
import { type EngineEndpoint, parseEngineEndpoint } from '../../src/adapters/docker/engine-endpoint.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { JobRequest } from '../../src/ports/job-backend.ts';
import type { SecretSource } from '../../src/ports/secret-source.ts';

/** Every job has its own program, which becomes the container's first process. */
export const scriptFromEnvironment = 'exec sh -c "$TEST_SCRIPT"';

export const noSecrets: SecretSource = {
  gitCredential: async () => undefined,
  checkGitCredentials: async () => undefined,
  registryCredentials: async () => undefined,
  buildSecret: async (id) => Buffer.from(`value of ${id}`),
};

export interface DockerTestBed {
  readonly lab: Lab;
  readonly docker: Docker;
  readonly endpoint: EngineEndpoint;
  /** Already on the engine; has a shell. */
  readonly image: string;
  backend(change?: Partial<DockerJobBackendOptions>): DockerJobBackend;
  request(script: string, change?: Partial<JobRequest>): JobRequest;
  /** Closes all backends, and removes all containers whose name begins with the bed's prefix. */
  dispose(): Promise<void>;
}

/** The lab's engine, with names of its own so that tests can run concurrently. */
export async function openDockerTestBed(): Promise<DockerTestBed> {
  const lab = await readLab();
  if (lab === undefined) throw new Error('there is no lab on this machine: npm run lab:up');
  const endpoint = parseEngineEndpoint(lab.engine.host);
  const docker = endpoint.kind === 'unix' ? new Docker({ socketPath: endpoint.path }) : new Docker();
  const prefix = `twinhull-test-${randomBytes(6).toString('hex')}`;
  const image = lab.images.builder;
  const backends: DockerJobBackend[] = [];
  let count = 0;

  const defaults: DockerJobBackendOptions = {
    engines: { default: endpoint },
    builderImage: image,
    builderScript: scriptFromEnvironment,
    secrets: noSecrets,
    clock: systemClock,
    // Nothing here needs a network, and a container starts sooner without one.
    network: 'none',
    graceSeconds: 2,
    takeoverMilliseconds: 1500,
  };

  return {
    lab,
    docker,
    endpoint,
    image,
    backend(change = {}) {
      const backend = new DockerJobBackend({ ...defaults, ...change });
      backends.push(backend);
      return backend;
    },
    request(script, change = {}) {
      count += 1;
      return {
        name: `${prefix}-${count}`,
        platform: 'linux/amd64',
        buildId: 'test',
        attempt: 1,
        environment: { TEST_SCRIPT: script, TWINHULL_GIT_URL: 'https://git.example/acme/model.git' },
        buildSecrets: [],
        registryHost: 'registry.invalid',
        timeoutSeconds: 600,
        ...change,
      };
    },
    async dispose() {
      for (const backend of backends) backend.close();
      await removeContainers(docker, { name: [prefix] });
    },
  };
}

/** Removes the containers that match, with the checkouts that their jobs left in volumes that match. */
export async function removeContainers(docker: Docker, filters: Record<string, string[]>): Promise<void> {
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(containers.map(({ Id }) => unlessGone(docker.getContainer(Id).remove({ force: true, v: true }))));
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) });
  for (const { Name } of Volumes) await unlessGone(docker.getVolume(Name).remove());
}

/** Ignores that another job on the engine, which sweeps it too, has removed the object or is removing it. */
export async function unlessGone(removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
    const isGone = status === 404 || (status === 409 && String(error).includes('already in progress'));
    if (!isGone) throw error;
  });
}
