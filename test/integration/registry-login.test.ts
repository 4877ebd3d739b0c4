import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readDockerCredentials } from '../../src/adapters/registry/docker-config-credentials.ts';
import { openRegistry, type RegistryOptions } from '../../src/adapters/registry/oci-registry.ts';
import { pushImage, tinyImage } from '../helpers/registry-images.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

const wrong = { username: 'tester', password: 'canary-7c1f' };

describe.each(['basic', 'token'] as const)('login by %s', (variant) => {
  let server: RegistryServer;
  beforeAll(async () => {
    server = await startRegistry({ variant });
  });
  afterAll(() => server.stop());

  function open(options: RegistryOptions) {
    const registry = openRegistry(`${server.host}/tests/app`, options);
    onTestFinished(() => registry.close());
    return registry;
  }

  it('refuses missing and wrong credentials, and prints no password', async () => {
    for (const credentials of [undefined, wrong]) {
      const registry = open({ credentials: async () => credentials });
      const { manifest } = tinyImage('oci', 'linux/arm64');
      const attempts = [() => registry.check(), () => registry.resolve('x'), () => registry.putManifest('x', manifest)];
      for (const attempt of attempts) {
        const error: unknown = await attempt().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'RegistryAccessDenied', hint: expect.stringContaining('docker login') });
        const everything = inspect(error, { depth: 10, showHidden: true });
        expect(everything).not.toContain(wrong.password);
        expect(everything).not.toContain(Buffer.from(`tester:${wrong.password}`).toString('base64'));
      }
    }
  });

  it('requests credentials again when the current ones are refused', async () => {
    const answers = [wrong, server.credentials];
    const refusals: unknown[] = [];
    const registry = open({
      credentials: async (_host, refused) => {
        refusals.push(refused);
        return answers.shift();
      },
    });
    await expect(registry.check()).rejects.toMatchObject({ code: 'RegistryAccessDenied' });
    await expect(registry.check()).resolves.toBeUndefined();
    await expect(registry.check()).resolves.toBeUndefined();
    expect(answers).toEqual([]);
    // A token service refuses before the registry gets a login, so there is none to reject.
    expect(refusals).toEqual([undefined, variant === 'basic' ? wrong : undefined]);
  });

  it('uses the login stored by `docker login`', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'twinhull-docker-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const auth = Buffer.from(`${server.credentials?.username}:${server.credentials?.password}`).toString('base64');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [server.host]: { auth } } }));
    const registry = open({ credentials: (host) => readDockerCredentials(host, { DOCKER_CONFIG: folder }) });
    await expect(registry.check()).resolves.toBeUndefined();
  });
});

describe('bearer tokens', () => {
  let server: RegistryServer;
  beforeAll(async () => {
    server = await startRegistry({ variant: 'token' });
    await pushImage(server, 'tests/app', tinyImage('oci', 'linux/arm64'), 'here');
  });
  afterAll(() => server.stop());

  function open(options: RegistryOptions = {}) {
    const registry = openRegistry(`${server.host}/tests/app`, {
      credentials: async () => server.credentials,
      ...options,
    });
    onTestFinished(() => registry.close());
    return registry;
  }

  /** The tokens that `use` requests. */
  async function tokensFor(use: () => Promise<unknown>): Promise<readonly (string | null)[]> {
    const before = server.tokens?.granted.length ?? 0;
    await use();
    return (server.tokens?.granted ?? []).slice(before).map((query) => query.get('scope'));
  }

  it('are requested for the needed scope, once, and cached', async () => {
    const registry = open();
    const reading = await tokensFor(() => Promise.all(Array.from({ length: 10 }, () => registry.resolve('here'))));
    expect(reading).toEqual(['repository:tests/app:pull']);
    const { manifest } = tinyImage('oci', 'linux/amd64');
    const writing = await tokensFor(async () => {
      await registry.putManifest('x', manifest).catch(() => undefined);
      await registry.resolve('here');
    });
    expect(writing).toHaveLength(1);
    expect(writing[0]).toMatch(/^repository:tests\/app:(pull,push|push,pull)$/);
  });

  it('are renewed after expiry', async () => {
    let now = Date.now();
    const registry = open({ clock: { now: () => now, sleep: async () => undefined } });
    expect(await tokensFor(() => registry.resolve('here'))).toHaveLength(1);
    now += 280_000;
    expect(await tokensFor(() => registry.resolve('here'))).toHaveLength(0);
    now += 15_000;
    expect(await tokensFor(() => registry.resolve('here'))).toHaveLength(1);
  });

  it('are renewed once when the registry refuses them before their expiry', async () => {
    // Signed to have expired long ago (docker-registry allows a minute), with a claimed lifetime of an hour.
    server.tokens?.answerWith({ lifetime: -120, claimedLifetime: 3600 });
    onTestFinished(() => server.tokens?.answerWith({ lifetime: 300, claimedLifetime: 300 }));
    const registry = open();
    expect(
      await tokensFor(() => expect(registry.resolve('here')).rejects.toMatchObject({ code: 'RegistryAccessDenied' })),
    ).toHaveLength(2);
    server.tokens?.answerWith({ lifetime: 300, claimedLifetime: 300 });
    expect(await tokensFor(() => registry.resolve('here'))).toHaveLength(1);
  });

  it('may arrive as access_token', async () => {
    server.tokens?.answerWith({ field: 'access_token' });
    onTestFinished(() => server.tokens?.answerWith({ field: 'token' }));
    await expect(open().resolve('here')).resolves.toMatch(/^sha256:/);
  });
});
