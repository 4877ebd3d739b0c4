import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isPrivateFolder } from './compile-cache.ts';

describe('isPrivateFolder', () => {
  let parent: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'twinhull-cache-'));
  });

  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it('creates a folder that only this user can enter', () => {
    expect(isPrivateFolder(join(parent, 'cache/twinhull/node'))).toBe(true);
    expect(statSync(join(parent, 'cache/twinhull/node')).mode & 0o777).toBe(0o700);
    expect(isPrivateFolder(join(parent, 'cache/twinhull/node'))).toBe(true);
  });

  it('refuses a folder that others can write to', () => {
    mkdirSync(join(parent, 'open'));
    chmodSync(join(parent, 'open'), 0o777);
    expect(isPrivateFolder(join(parent, 'open'))).toBe(false);
  });

  it('refuses a link to a folder', () => {
    mkdirSync(join(parent, 'real'), { mode: 0o700 });
    symlinkSync(join(parent, 'real'), join(parent, 'link'));
    expect(isPrivateFolder(join(parent, 'link'))).toBe(false);
  });

  it('refuses a folder that cannot be created', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(isPrivateFolder(join(parent, 'file/node'))).toBe(false);
  });
});
