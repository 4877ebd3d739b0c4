import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findService, recordService } from './running-services.ts';

function stateFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'twinhull-services-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

it('finds the service running at an address and returns its own address', async () => {
  const state = stateFolder();
  const withdraw = await recordService(state, 'http://127.0.0.1:8080');
  expect(await findService(state, 'http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080');
  expect(await findService(state, 'http://localhost:8080/')).toBe('http://127.0.0.1:8080');
  await withdraw();
  expect(await findService(state, 'http://127.0.0.1:8080')).toBeUndefined();
});

it.each([
  'http://127.0.0.1:8081',
  'http://127.0.0.2:8080',
  'http://[::1]:8080',
  'https://127.0.0.1:8080',
  'http://127.0.0.1:8080/below',
  'http://localhost.example:8080',
  'http://other.example:8080',
  'nonsense',
])('finds none at %s', async (url) => {
  const state = stateFolder();
  await recordService(state, 'http://127.0.0.1:8080');
  expect(await findService(state, url)).toBeUndefined();
});

it('ignores a service whose process died, and unreadable records', async () => {
  const state = stateFolder();
  await recordService(state, 'http://127.0.0.1:8080');
  const { pid } = spawnSync('true');
  writeFileSync(join(state, 'services', `${pid}.json`), JSON.stringify({ url: 'http://127.0.0.1:9', pid }));
  writeFileSync(join(state, 'services', '1.json'), '{');
  expect(await findService(state, 'http://127.0.0.1:9')).toBeUndefined();
  expect(await findService(state, 'http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080');
  expect(await findService(join(state, 'missing'), 'http://127.0.0.1:8080')).toBeUndefined();
});
