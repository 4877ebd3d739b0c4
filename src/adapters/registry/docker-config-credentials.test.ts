import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readDockerCredentials } from './docker-config-credentials.ts';

const auth = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') });

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-docker-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Reads with `config` as the docker configuration, and `helpers` (name to shell script) in PATH. */
async function read(host: string, config: unknown, helpers: Record<string, string> = {}) {
  const folder = await newFolder();
  await writeFile(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  for (const [name, script] of Object.entries(helpers)) {
    const path = join(folder, `docker-credential-${name}`);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }
  return readDockerCredentials(host, { DOCKER_CONFIG: folder, PATH: `${folder}:/usr/bin:/bin` });
}

async function refusalOf(reading: Promise<unknown>): Promise<Error> {
  const error: unknown = await reading.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'SettingInvalid' });
  return error as Error;
}

describe('the file of docker login', () => {
  it('may be missing', async () => {
    const folder = await newFolder();
    await expect(readDockerCredentials('host', { DOCKER_CONFIG: folder })).resolves.toBeUndefined();
    await expect(readDockerCredentials('host', { HOME: folder })).resolves.toBeUndefined();
  });

  it.each([
    ['host:5000', 'host:5000'],
    ['host', 'https://host/v1/'],
    ['host', 'http://host'],
    ['docker.io', 'https://index.docker.io/v1/'],
  ])('provides the login for %s under %s', async (host, key) => {
    const config = { auths: { 'other.io': auth('a:b'), [key]: auth('me:p:a:ss') }, HttpHeaders: { x: 'y' } };
    await expect(read(host, config)).resolves.toEqual({ username: 'me', password: 'p:a:ss' });
    await expect(read('elsewhere', config)).resolves.toBeUndefined();
  });

  it('may hold user and password separately, or neither', async () => {
    await expect(read('host', { auths: { host: { username: 'me', password: 'x' } } })).resolves.toEqual({
      username: 'me',
      password: 'x',
    });
    await expect(read('host', { auths: { host: {} } })).resolves.toBeUndefined();
    await expect(read('host', {})).resolves.toBeUndefined();
  });

  it.each([
    ['no JSON', '{"auths": {"host": {"auth": canary}', 'it is not valid JSON'],
    ['another shape', { auths: { host: { auth: 1, canary: 1 } } }, 'auths.host.auth: '],
    ['an auth that is none', { auths: { host: auth('canary') } }, 'auths.host.auth is not user:password'],
    ['an identity token', { auths: { host: { ...auth('a:'), identitytoken: 'canary' } } }, 'identity token'],
  ])('with %s is an error that names the file without quoting it', async (_, config, why) => {
    const { message } = await refusalOf(read('host', config));
    expect(message).toContain('config.json');
    expect(message).toContain(why);
    expect(message).not.toContain('canary');
  });
});

describe('credential helpers', () => {
  /** Returns the requested server as the user name. */
  const echo = 'read -r server; [ "$1" = get ] && printf \'{"ServerURL":"x","Username":"%s","Secret":"s"}\' "$server"';

  it('are called for the host, each for its own, the store for the others', async () => {
    const config = { credHelpers: { 'a.io': 'one' }, credsStore: 'two' };
    const helpers = { one: `${echo} | sed s/a.io/one/`, two: echo };
    await expect(read('a.io', config, helpers)).resolves.toMatchObject({ username: 'one' });
    await expect(read('b.io:5000', config, helpers)).resolves.toMatchObject({ username: 'b.io:5000', password: 's' });
    await expect(read('docker.io', config, helpers)).resolves.toMatchObject({
      username: 'https://index.docker.io/v1/',
    });
  });

  it('without a login fall back to the file', async () => {
    const config = { credsStore: 'none', auths: { host: auth('me:x') } };
    const helpers = { none: 'echo "credentials not found in native keychain"; exit 1' };
    await expect(read('host', config, helpers)).resolves.toEqual({ username: 'me', password: 'x' });
    await expect(read('other', config, helpers)).resolves.toBeUndefined();
  });

  it.each([
    ['is missing', {}, 'there is no program docker-credential-mine'],
    ['fails', { mine: 'echo "keychain is locked" >&2; exit 3' }, 'it exited with 3: "keychain is locked"'],
    ['answers and fails', { mine: 'echo \'{"Secret":"canary"}\'; exit 1' }, 'it exited with 1'],
    ['answers nonsense', { mine: 'echo canary' }, 'not the JSON'],
    ['has an identity token', { mine: 'echo \'{"Username":"<token>","Secret":"canary"}\'' }, 'identity token'],
  ])('report an error without a secret if one %s', async (_, helpers, why) => {
    const error = await refusalOf(read('host', { credsStore: 'mine' }, helpers));
    expect(error.message).toContain(why);
    expect(inspect(error, { depth: 10 })).not.toContain('canary');
  });

  it.each(['../evil', 'a b', '-x', '$(id)', 'a/b'])('with the name %s are not run', async (name) => {
    expect((await refusalOf(read('host', { credsStore: name }))).message).toContain('not a program name');
  });
});
