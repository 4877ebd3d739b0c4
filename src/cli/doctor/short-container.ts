import { text } from 'node:stream/consumers';
import type { Engine } from '../../adapters/docker/engine.ts';
import { type JobFile, packJobFiles } from '../../adapters/docker/job-files.ts';

export interface ShortContainer {
  readonly image: string;
  readonly command: readonly string[];
  /** Put below the builder folder before it starts. */
  readonly files?: readonly JobFile[];
  /** Socket of the engine on its own host, mounted at the usual place. */
  readonly hostSocket?: string;
}

export interface ShortContainerResult {
  readonly exitCode: number;
  readonly output: string;
}

/** By which such a container is found, should it ever be left over. */
const label = 'dev.twinhull.doctor';
const deadline = 20_000;

/**
 * Runs a command in a container without network, and removes it again. An image that the engine lacks is not pulled.
 *
 * @throws EngineUnreachable, also when the engine refuses to start it
 */
export async function runShortContainer(
  engine: Engine,
  { image, command, files, hostSocket }: ShortContainer,
): Promise<ShortContainerResult> {
  const [entrypoint = '', ...rest] = command;
  const options = {
    Image: image,
    Entrypoint: [entrypoint],
    Cmd: rest,
    User: '0:0',
    // A terminal's output comes as it is, not cut into frames.
    Tty: true,
    Labels: { [label]: '1' },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: 'none',
      LogConfig: { Type: 'json-file', Config: {} },
      Mounts:
        hostSocket === undefined ? [] : [{ Type: 'bind' as const, Source: hostSocket, Target: '/var/run/docker.sock' }],
    },
  };
  const id = await engine.call(
    'create a container',
    (api, signal) => api.createContainer(options, undefined, signal),
    deadline,
  );
  try {
    if (files !== undefined) {
      const tar = await packJobFiles(files);
      await engine.call('hand a container its files', (api, signal) => api.putArchive(id, tar, '/', signal), deadline);
    }
    await engine.call('start a container', (api, signal) => api.startContainer(id, signal), deadline);
    const { StatusCode: exitCode } = await engine.call(
      'wait for a container',
      (api, signal) => api.waitForContainer(id, signal),
      deadline,
    );
    const output = await engine.call(
      'read what a container said',
      async (api, signal) => await text(await api.containerLogs(id, { follow: false }, signal)),
      deadline,
    );
    return { exitCode, output: output.replace(/\r\n/g, '\n') };
  } finally {
    await engine.call('remove a container', (api, signal) => api.removeContainer(id, true, signal), deadline);
  }
}
