import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { recordService } from '../adapters/local-service/running-services.ts';
import { openSqliteStores } from '../adapters/store/sqlite.ts';
import { loadSettings } from '../settings/settings.ts';
import { ensureLocalToken, withLocalToken } from './local-token.ts';

async function bed() {
  const state = mkdtempSync(join(tmpdir(), 'twinhull-local-'));
  const { tokens, builds } = await openSqliteStores(':memory:');
  onTestFinished(async () => {
    await builds.close();
    rmSync(state, { recursive: true, force: true });
  });
  const live = async () => (await tokens.list()).filter(({ revokedAt }) => revokedAt === undefined);
  return { state, tokens, live, ensure: () => ensureLocalToken(state, tokens, 7) };
}

it('keeps one token across starts, in a file that only this user can read', async () => {
  const { state, tokens, live, ensure } = await bed();
  const file = await ensure();
  expect(file).toBe(join(state, 'local-token'));
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  const token = readFileSync(file, 'utf8').trim();
  await ensure();
  expect(readFileSync(file, 'utf8').trim()).toBe(token);
  expect(await tokens.list()).toMatchObject([{ scope: 'local' }]);
  expect(JSON.stringify(await live())).not.toContain(token.slice(-43));
});

it('replaces and revokes a token that others could read', async () => {
  const { live, tokens, ensure } = await bed();
  const file = await ensure();
  const [before] = await live();
  chmodSync(file, 0o644);
  await ensure();
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(await tokens.find(before!.id)).toMatchObject({ revokedAt: 7 });
  expect(await live()).toHaveLength(1);
});

it('replaces an unknown, revoked or invalid token', async () => {
  const { tokens, live, ensure } = await bed();
  const file = await ensure();
  const first = readFileSync(file, 'utf8');
  await tokens.revoke((await live())[0]!.id, 5);
  await ensure();
  const second = readFileSync(file, 'utf8');
  expect(second).not.toBe(first);
  writeFileSync(file, 'nonsense');
  await ensure();
  expect(readFileSync(file, 'utf8')).toMatch(/^th_/);
});

it('does not write through a symbolic link', async () => {
  const { state, ensure } = await bed();
  const target = join(state, 'target');
  writeFileSync(target, 'of another');
  symlinkSync(target, join(state, 'local-token'));
  const file = await ensure();
  expect(lstatSync(file).isFile()).toBe(true);
  expect(readFileSync(target, 'utf8')).toBe('of another');
});

it('sends the local token only to the service of this user, and a named token instead if there is one', async () => {
  const { state } = await bed();
  await recordService(state, 'http://127.0.0.1:8080');
  const client = async (environment: Record<string, string>) =>
    withLocalToken(loadSettings({ XDG_CONFIG_HOME: '/nonexistent', TWINHULL_STATE_DIR: state, ...environment }));
  expect(await client({ TWINHULL_SERVER: 'http://localhost:8080' })).toMatchObject({
    server: 'http://127.0.0.1:8080',
    tokenFile: join(state, 'local-token'),
  });
  const named = { TWINHULL_SERVER: 'http://127.0.0.1:8080', TWINHULL_TOKEN_FILE: '/named' };
  expect(await client(named)).toMatchObject({ tokenFile: '/named' });
  for (const server of ['http://127.0.0.1:8081', 'http://other.example:8080'])
    expect((await client({ TWINHULL_SERVER: server })).tokenFile).toBeUndefined();
  expect((await client({})).server).toBeUndefined();
});
