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
  const { id } = await engine.call(
    'create a container',
    (docker, signal) => docker.createContainer({ ...options, abortSignal: signal }),
    deadline,
  );
  try {
    if (files !== undefined) {
      const tar = await packJobFiles(files);
      await engine.call(
        'hand a container its files',
        (docker, signal) => docker.getContainer(id).putArchive(tar, { path: '/', abortSignal: signal }),
        deadline,
      );
    }
    await engine.call(
      'start a container',
      (docker, signal) => docker.getContainer(id).start({ abortSignal: signal }),
      deadline,
    );
    const ended: unknown = await engine.call(
      'wait for a container',
      (docker, signal) => docker.getContainer(id).wait({ abortSignal: signal }),
      deadline,
    );
    const output = await engine.call(
      'read what a container said',
      (docker, signal) =>
        docker.getContainer(id).logs({ stdout: true, stderr: true, follow: false, abortSignal: signal }),
      deadline,
    );
    return {
      exitCode: (ended as { StatusCode: number }).StatusCode,
      output: output.toString('utf8').replace(/\r\n/g, '\n'),
    };
  } finally {
    await engine.call(
      'remove a container',
      (docker, signal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal: signal }),
      deadline,
    );
  }
}
