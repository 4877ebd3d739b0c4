import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { JobRequest } from '../../src/ports/job-backend.ts';
import { type DockerTestBed, openDockerTestBed, scriptFromEnvironment } from '../helpers/docker-jobs.ts';
import { type Fate, startEngineProxy } from '../helpers/engine-proxy.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const calls = {
  create: /^POST \/.*containers\/create/,
  attach: /^POST \/.*\/attach/,
  start: /^POST \/.*\/start/,
  files: /^INPUT /,
} as const;
const callNames = Object.keys(calls) as (keyof typeof calls)[];

describe('submit on an engine', () => {
  let bed: DockerTestBed;
  let enginePath: string;

  beforeAll(async () => {
    bed = await openDockerTestBed();
    if (bed.endpoint.kind !== 'unix') throw new Error(`this test needs a unix socket, not ${bed.endpoint.text}`);
    enginePath = bed.endpoint.path;
    return async () => await bed.dispose();
  });

  /** Submits again, and proves that exactly one container did the work. */
  async function expectOneJob(request: JobRequest): Promise<string> {
    const backend = bed.backend();
    const job = await backend.submit(request);
    let log = '';
    for await (const chunk of backend.readLog(job.id, { follow: true })) log += chunk.text;
    expect(log).toBe('ran\n');
    const containers = await bed.docker.listContainers({ all: true, filters: { name: [request.name] } });
    expect(containers.map((container) => container.State)).toEqual(['exited']);
    expect(await backend.findByName(request.name)).toEqual([job]);
    return job.id;
  }

  async function containersOf(request: JobRequest): Promise<string[]> {
    const found = await bed.docker.listContainers({ all: true, filters: { name: [request.name] } });
    return found.map(({ Id }) => Id);
  }

  describe.each(['before', 'after'] as const)('killed %s the engine receives the call', (when) => {
    it.each(callNames)('to %s: the next submit results in one job', async (call) => {
      const request = bed.request('echo ran');
      await killDuring(request, calls[call], when);
      const left = await containersOf(request);
      expect(left).toHaveLength(call === 'create' && when === 'before' ? 0 : 1);
      if (call === 'start' || call === 'files') await endedByItself(request);
      const id = await expectOneJob(request);
      const isAdopted = left.some((containerId) => id.startsWith(containerId));
      // What a process wrote before it died may still reach the container.
      if (call !== 'start' || when === 'before') expect(isAdopted).toBe(call === 'files' && when === 'after');
    });
  });

  /** Waits until a container that was started without files has ended by itself. */
  async function endedByItself({ name }: JobRequest): Promise<void> {
    await pollUntil('no container of the job runs', async () => {
      const running = await bed.docker.listContainers({ filters: { name: [name] } });
      return running.length === 0;
    });
  }

  async function killDuring(request: JobRequest, call: RegExp, when: 'before' | 'after'): Promise<void> {
    const forever = new Promise<never>(() => undefined);
    let reached = (): void => undefined;
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const holdAt =
      (moment: 'before' | 'after') =>
      (line: string): Promise<never> | undefined => {
        if (when !== moment || !call.test(line)) return undefined;
        reached();
        return forever;
      };
    const proxy = await startEngineProxy(
      enginePath,
      (line) => holdAt('before')(line) ?? 'pass',
      (line) => holdAt('after')(line),
    );
    const program = fileURLToPath(new URL('../helpers/submit-one-job.ts', import.meta.url));
    const words = [proxy.address, bed.image, scriptFromEnvironment, JSON.stringify(request)];
    const child = spawn(process.execPath, ['--import', 'tsx', program, ...words], { stdio: 'inherit' });
    const ended = once(child, 'exit');
    try {
      await Promise.race([
        there,
        ended.then(() => Promise.reject(new Error('the process ended before it could be killed'))),
      ]);
    } finally {
      child.kill('SIGKILL');
      await ended;
      await proxy.close();
    }
  }

  describe.each(['lose request', 'lose answer'] as const)('with a connection that breaks (%s)', (fate) => {
    const lost = callNames.filter((name) => name !== 'files');
    it.each(lost)('at the call to %s: the outcome is unknown, and determined later', async (call) => {
      const request = bed.request('echo ran');
      let armed = true;
      const proxy = await startEngineProxy(enginePath, (line): Fate => {
        if (!armed || !calls[call].test(line)) return 'pass';
        armed = false;
        return fate;
      });
      onTestFinished(async () => await proxy.close());
      const backend = bed.backend({
        engines: {
          default: { kind: 'unix', path: proxy.address.slice(7), text: proxy.address, hostSocket: enginePath },
        },
      });
      await expect(backend.submit(request)).rejects.toMatchObject({ code: 'EngineUnreachable' });
      await endedByItself(request);
      const found = await backend.findByName(request.name);
      expect(found).toHaveLength(call === 'start' && fate === 'lose answer' ? 1 : 0);
      // A container that never started is not a job, may contain secrets, and is removed by the lookup.
      expect(await containersOf(request)).toHaveLength(found.length);
      await expectOneJob(request);
    });
  });

  it('ends a job that did not receive all its files as a retryable failure', async () => {
    const request = bed.request('echo ran');
    const proxy = await startEngineProxy(enginePath, (line) => (line.startsWith('INPUT ') ? 'lose request' : 'pass'));
    onTestFinished(async () => await proxy.close());
    const { address } = proxy;
    const endpoint = { kind: 'unix', path: address.slice(7), text: address, hostSocket: enginePath } as const;
    const backend = bed.backend({ engines: { default: endpoint } });
    const submitted = await backend.submit(request).catch((error: unknown) => error);
    await endedByItself(request);
    if (submitted instanceof Error) expect(submitted).toMatchObject({ code: 'EngineUnreachable' });
    else {
      const { id } = submitted as { id: string };
      expect((await backend.describe([id])).get(id)).toMatchObject({
        state: 'failed',
        exitCode: 39,
        infrastructureFailure: true,
      });
    }
    await expectOneJob(request);
  });

  it('starts a job whose input connection the engine keeps until the job ends', async () => {
    const request = bed.request('echo ran');
    const forever = new Promise<never>(() => undefined);
    const proxy = await startEngineProxy(
      enginePath,
      () => 'pass',
      (line) => (line.startsWith('INPUT ') ? forever : undefined),
    );
    onTestFinished(async () => await proxy.close());
    const { address } = proxy;
    const endpoint = { kind: 'unix', path: address.slice(7), text: address, hostSocket: enginePath } as const;
    await bed.backend({ engines: { default: endpoint } }).submit(request);
    await expectOneJob(request);
  });

  it('leaves nothing when secrets cannot be read', async () => {
    const request = bed.request('echo ran');
    const refuse = async (): Promise<never> => {
      throw new Error('locked');
    };
    const secrets = {
      gitCredential: refuse,
      checkGitCredentials: refuse,
      registryCredentials: async () => undefined,
      buildSecret: refuse,
    };
    await expect(bed.backend({ secrets }).submit(request)).rejects.toThrow('locked');
    expect(await containersOf(request)).toEqual([]);
  });

  it('leaves nothing when the engine cannot start the container', async () => {
    const request = bed.request('echo ran');
    const backend = bed.backend({ network: 'no-such-network' });
    await expect(backend.submit(request)).rejects.toMatchObject({
      code: 'JobRefused',
      message: expect.stringContaining('no-such-network'),
    });
    expect(await containersOf(request)).toEqual([]);
  });

  it('refuses a job name used by a foreign container, and leaves that container alone', async () => {
    const request = bed.request('echo ran');
    const stranger = await bed.docker.createContainer({ name: request.name, Image: bed.image });
    await expect(bed.backend().submit(request)).rejects.toMatchObject({
      code: 'JobRefused',
      message: expect.stringContaining(request.name),
    });
    expect(await containersOf(request)).toEqual([stranger.id]);
  });

  it('refuses a socket that does not exist on its host', async () => {
    const request = bed.request('echo ran');
    const backend = bed.backend({ engines: { default: { ...bed.endpoint, hostSocket: '/no/such/docker.sock' } } });
    await expect(backend.submit(request)).rejects.toMatchObject({
      code: 'JobRefused',
      message: expect.stringContaining('/no/such/docker.sock'),
    });
    expect(await containersOf(request)).toEqual([]);
  });
});
