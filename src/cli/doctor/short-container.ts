import { buffer } from 'node:stream/consumers';
import type { Engine } from '../../adapters/docker/engine.ts';
import type { ContainerRequest } from '../../adapters/docker/engine-types.ts';
import { LogLines } from '../../adapters/docker/log-lines.ts';

/** A container that ends by itself. */
export interface ShortContainer {
  readonly container: ContainerRequest;
  /** Starts the container with this id, and supplies what it needs. */
  readonly start: (id: string) => Promise<void>;
}

/** `output` is stdout and stderr together. */
export interface ShortContainerResult {
  readonly exitCode: number;
  readonly output: string;
}

/** Identifies a container that was left over. */
const label = 'dev.twinhull.doctor';
const deadline = 20_000;

/**
 * Runs a container without network, and removes it afterwards. An image that the engine lacks is not pulled.
 *
 * @throws EngineUnreachable, also when the engine refuses to start it
 */
export async function runShortContainer(
  engine: Engine,
  { container, start }: ShortContainer,
): Promise<ShortContainerResult> {
  const { HostConfig, ...given } = container;
  const options = {
    Cmd: [],
    User: '0:0',
    Labels: { [label]: '1' },
    Healthcheck: { Test: ['NONE'] },
    ...given,
    HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'json-file', Config: {} }, ...HostConfig },
  };
  const id = await engine.call(
    'create a container',
    (api, signal) => api.createContainer(options, undefined, signal),
    deadline,
  );
  try {
    await start(id);
    const { StatusCode: exitCode } = await engine.call(
      'wait for a container',
      (api, signal) => api.waitForContainer(id, signal),
      deadline,
    );
    return { exitCode, output: await readOutput(engine, id) };
  } finally {
    await engine.call('remove a container', (api, signal) => api.removeContainer(id, true, signal), deadline);
  }
}

async function readOutput(engine: Engine, id: string): Promise<string> {
  const frames = await engine.call(
    "read a container's output",
    async (api, signal) => await buffer(await api.containerLogs(id, { follow: false }, signal)),
    deadline,
  );
  const lines = new LogLines(0);
  lines.add(frames);
  return lines.takeAll().bytes.toString();
}
