import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { contextEngine } from './docker-context.ts';

it('is the default engine if no context is chosen', () => {
  expect(contextEngine(undefined, { DOCKER_CONFIG: '/nowhere' })).toBeUndefined();
  expect(contextEngine(undefined, configured({}))).toBeUndefined();
  expect(contextEngine(undefined, configured({ currentContext: 'default' }))).toBeUndefined();
  expect(contextEngine('default', configured({ currentContext: 'colima' }))).toBeUndefined();
});

it('uses the engine of the current context, or of a named one instead', () => {
  const environment = configured(
    { currentContext: 'colima', auths: {} },
    {
      colima: { Host: 'unix:///home/me/.colima/default/docker.sock' },
      rootless: { Host: 'unix:///run/user/1000/docker.sock', SkipTLSVerify: false },
    },
  );
  expect(contextEngine(undefined, environment)).toEqual({
    kind: 'unix',
    path: '/home/me/.colima/default/docker.sock',
    text: 'unix:///home/me/.colima/default/docker.sock',
    hostSocket: '/var/run/docker.sock',
    context: 'colima',
  });
  expect(contextEngine('rootless', environment)).toMatchObject({
    hostSocket: '/run/user/1000/docker.sock',
    context: 'rootless',
  });
});

it('finds the configuration folder of docker in the home directory', () => {
  const { DOCKER_CONFIG: folder } = configured({}, { far: { Host: 'ssh://me@far' } }, '.docker');
  expect(contextEngine('far', { HOME: join(folder, '..') })).toMatchObject({ kind: 'ssh', host: 'far' });
});

it('uses the certificates of a context', () => {
  const environment = configured({}, { far: { Host: 'tcp://far:2376' }, near: { Host: 'tcp://127.0.0.1:2375' } });
  const folder = join(environment.DOCKER_CONFIG, 'contexts/tls', idOf('far'), 'docker');
  mkdirSync(folder, { recursive: true });
  expect(contextEngine('far', environment)).toMatchObject({ host: 'far', port: 2376, tlsFolder: folder });
  expect(contextEngine('near', environment)).toMatchObject({ port: 2375, tlsFolder: undefined });
});

it.each([
  ['gone', /"gone": there is no such context/],
  ['kubernetes', /"kubernetes": it names no Docker Engine/],
  ['open', /"open": it does not verify the certificate/],
  ['windows', /npipe:\/\/ is not supported/],
])('refuses the context %s', (name, message) => {
  const environment = configured(
    {},
    {
      kubernetes: undefined,
      open: { Host: 'tcp://far:2376', SkipTLSVerify: true },
      windows: { Host: 'npipe:////./pipe/docker_engine' },
    },
  );
  expect(() => contextEngine(name, environment)).toThrow(message);
});

it('quotes nothing from a malformed file', () => {
  const environment = configured({});
  writeFileSync(join(environment.DOCKER_CONFIG, 'config.json'), '{"auths": canary');
  expect(() => contextEngine(undefined, environment)).toThrow(/config\.json": it is not valid JSON$/);
});

/** A configuration folder of the docker command. */
function configured(
  config: object,
  contexts: Readonly<Record<string, object | undefined>> = {},
  name = 'docker',
): { readonly DOCKER_CONFIG: string } {
  const home = mkdtempSync(join(tmpdir(), 'twinhull-context-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const folder = join(home, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  for (const [context, docker] of Object.entries(contexts)) {
    const meta = join(folder, 'contexts/meta', idOf(context));
    mkdirSync(meta, { recursive: true });
    writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: context, Metadata: {}, Endpoints: { docker } }));
  }
  return { DOCKER_CONFIG: folder };
}

function idOf(context: string): string {
  return createHash('sha256').update(context).digest('hex');
}
