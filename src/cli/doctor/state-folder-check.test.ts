import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkStateFolder } from './state-folder-check.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twinhull-doctor-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('accepts a writable folder and leaves nothing in it', async () => {
  const { status, detail } = await checkStateFolder('state', folder);
  expect(status).not.toBe('problem');
  expect(detail).toContain(`${folder} can be written, `);
  expect(readdirSync(folder)).toEqual([]);
});

it('accepts a folder that does not exist yet, without creating it', async () => {
  expect((await checkStateFolder('state', join(folder, 'a/b'))).status).not.toBe('problem');
  expect(readdirSync(folder)).toEqual([]);
});

it('reports a file in its place', async () => {
  writeFileSync(join(folder, 'file'), '');
  expect(await checkStateFolder('state', join(folder, 'file/state'))).toMatchObject({
    status: 'problem',
    detail: `${join(folder, 'file/state')} cannot be written: ${join(folder, 'file')} is not a folder`,
    code: 'StoreUnavailable',
  });
});

it('reports a file system that accepts no files', async () => {
  expect(await checkStateFolder('state', '/proc/self')).toMatchObject({
    status: 'problem',
    advice: expect.stringContaining('TWINHULL_STATE_DIR'),
  });
});
