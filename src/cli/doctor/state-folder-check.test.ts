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

it('a folder that can be written, and nothing is left in it', async () => {
  const { status, detail } = await checkStateFolder('state', folder);
  expect(status).not.toBe('problem');
  expect(detail).toContain(`${folder} can be written, `);
  expect(readdirSync(folder)).toEqual([]);
});

it('a folder that is yet to be made, and is not made', async () => {
  expect((await checkStateFolder('state', join(folder, 'a/b'))).status).not.toBe('problem');
  expect(readdirSync(folder)).toEqual([]);
});

it('a file in its place', async () => {
  writeFileSync(join(folder, 'file'), '');
  expect(await checkStateFolder('state', join(folder, 'file/state'))).toMatchObject({
    status: 'problem',
    detail: `${join(folder, 'file/state')} cannot be written: ${join(folder, 'file')} is not a folder`,
    code: 'StoreUnavailable',
  });
});

it('a file system that takes no files', async () => {
  expect(await checkStateFolder('state', '/proc/self')).toMatchObject({
    status: 'problem',
    advice: expect.stringContaining('TWINHULL_STATE_DIR'),
  });
});
