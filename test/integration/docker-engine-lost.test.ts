import { createServer } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type EngineEndpoint, parseEngineEndpoint } from '../../src/adapters/docker/engine-endpoint.ts';
import { inspectEngine } from '../../src/adapters/docker/inspect-engine.ts';
import { type DockerTestBed, openDockerTestBed } from '../helpers/docker-jobs.ts';
import { startEngineProxy } from '../helpers/engine-proxy.ts';
import { pollUntil } from '../helpers/poll-until.ts';

let bed: DockerTestBed;
let enginePath: string;
const containerId = 'a'.repeat(64);

beforeAll(async () => {
  bed = await openDockerTestBed();
  if (bed.endpoint.kind !== 'unix') throw new Error(`this test needs a unix socket, not ${bed.endpoint.text}`);
  enginePath = bed.endpoint.path;
  return async () => await bed.dispose();
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('an unreachable engine', () => {
  it('is named by every call, with a hint', async () => {
    const addresses = ['unix:///no/such/docker.sock', `tcp://127.0.0.1:${await closedPort()}`];
    for (const address of addresses) {
      const backend = bed.backend({ engines: { default: parseEngineEndpoint(address, {}) } });
      const id = `${containerId}@${address}`;
      const unreachable = {
        code: 'EngineUnreachable',
        message: expect.stringContaining(address),
        hint: expect.stringMatching(/start the engine/),
      };
      await expect(backend.check(['linux/amd64'])).rejects.toMatchObject(unreachable);
      await expect(backend.submit(bed.request('exit 0'))).rejects.toMatchObject(unreachable);
      await expect(backend.describe([id])).rejects.toMatchObject(unreachable);
      await expect(backend.findByName('x1')).rejects.toMatchObject(unreachable);
      await expect(backend.terminate(id, 'x')).rejects.toMatchObject(unreachable);
      await expect(backend.release(id)).rejects.toMatchObject(unreachable);
      await expect(backend.readLog(id, { follow: true })[Symbol.asyncIterator]().next()).rejects.toMatchObject(
        unreachable,
      );
    }
  });

  it('is reported when its name is unknown to DNS', async () => {
    await expect(inspectEngine(parseEngineEndpoint('tcp://engine.invalid:2375', {}))).rejects.toMatchObject({
      code: 'EngineUnreachable',
      hint: expect.stringMatching(/host name/),
    });
  });

  it('is reported when its TLS files are missing', async () => {
    const endpoint = parseEngineEndpoint('tcp://127.0.0.1:2376', { DOCKER_CERT_PATH: '/no/such/folder' });
    await expect(inspectEngine(endpoint)).rejects.toMatchObject({
      code: 'SettingInvalid',
      message: expect.stringContaining('/no/such/folder/ca.pem'),
    });
  });
});

describe('an engine that stops', () => {
  it('ends a followed log with an error, and the log resumes from there once the engine is back', async () => {
    const proxy = await startEngineProxy(enginePath, () => 'pass');
    onTestFinished(async () => await proxy.close());
    const throughProxy: EngineEndpoint = {
      ...bed.endpoint,
      kind: 'unix',
      path: proxy.address.slice(7),
      text: proxy.address,
    };
    const backend = bed.backend({ engines: { default: throughProxy } });
    const job = await backend.submit(bed.request('i=0; while [ $i -lt 40 ]; do echo $i; i=$((i+1)); sleep 0.05; done'));
    let text = '';
    let cursor: string | undefined;
    const follow = async (): Promise<void> => {
      for await (const chunk of backend.readLog(job.id, { follow: true })) {
        text += chunk.text;
        cursor = chunk.cursor;
        if (text.includes('\n')) void proxy.close();
      }
    };
    await expect(follow()).rejects.toMatchObject({ code: 'EngineUnreachable' });
    const direct = job.id.replace(proxy.address, bed.endpoint.text);
    for await (const chunk of bed.backend().readLog(direct, { follow: true, cursor })) text += chunk.text;
    expect(text).toBe(Array.from({ length: 40 }, (_, i) => `${i}\n`).join(''));
  });

  it('is awaited by watch', async () => {
    const stop = new AbortController();
    const gone = bed.backend({ engines: { default: parseEngineEndpoint('unix:///no/such/docker.sock') } });
    setTimeout(() => stop.abort(), 300);
    const changed = (): never => expect.fail('nothing can have changed');
    const nothing = { onConnectionChange: () => undefined, unusable: () => undefined, undeleted: () => undefined };
    await gone.watch({ ...nothing, changed }, stop.signal);
  });
});

describe('a job that is stopped externally', () => {
  async function jobThatLives(script: string) {
    const backend = bed.backend();
    const job = await backend.submit(bed.request(script));
    return { backend, job, container: bed.docker.getContainer(job.id.slice(0, 64)) };
  }

  it('failed because of the infrastructure when it was killed', async () => {
    const { backend, job, container } = await jobThatLives('sleep 60');
    await container.kill();
    const last = await pollUntil('the end', async () => {
      const observation = (await backend.describe([job.id])).get(job.id);
      return observation?.state === 'failed' && observation;
    });
    expect(last).toMatchObject({
      exitCode: 137,
      infrastructureFailure: true,
      reason: expect.stringMatching(/from outside/),
    });
  });

  it('is omitted when its container was removed, and its log ends without error', async () => {
    const { backend, job, container } = await jobThatLives('echo here; sleep 60');
    let text = '';
    for await (const chunk of backend.readLog(job.id, { follow: true })) {
      text += chunk.text;
      await container.remove({ force: true });
    }
    expect(text).toBe('here\n');
    expect(await backend.describe([job.id])).toEqual(new Map());
    expect(await backend.findByName(job.name)).toEqual([]);
  });

  it('is running while it is paused, and can be stopped then', async () => {
    const { backend, job, container } = await jobThatLives("trap 'exit 143' TERM; while :; do sleep 0.1; done");
    await container.pause();
    expect((await backend.describe([job.id])).get(job.id)).toMatchObject({ state: 'running' });
    await expect(backend.release(job.id)).rejects.toMatchObject({ code: 'InternalError' });
    await backend.terminate(job.id, 'cancelled');
    expect((await backend.describe([job.id])).get(job.id)).toMatchObject({
      state: 'failed',
      reason: 'stopped: cancelled',
    });
    await backend.release(job.id);
    expect(await backend.describe([job.id])).toEqual(new Map());
  });

  it('may be terminated before it started', async () => {
    const backend = bed.backend();
    const { name } = bed.request('exit 0');
    const labels = { 'dev.twinhull.builder': '1', 'dev.twinhull.job-name': name };
    const container = await bed.docker.createContainer({ name, Image: bed.image, Labels: labels });
    const id = `${container.id}@${bed.endpoint.text}`;
    expect((await backend.describe([id])).get(id)).toMatchObject({ state: 'queued', jobKey: undefined });
    await backend.terminate(id, 'cancelled');
    expect(await backend.describe([id])).toEqual(new Map());
  });
});
