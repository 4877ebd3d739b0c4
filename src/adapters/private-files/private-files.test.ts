import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { closeToOthers, ensurePrivateFile, ensurePrivateFolder } from './private-files.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'twinhull-private-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
const modeOf = (path: string) => lstatSync(path).mode & 0o7777;

it('creates folders and files for this user only', () => {
  const state = join(folder(), 'a', 'b');
  ensurePrivateFolder(state);
  ensurePrivateFile(join(state, 'file'));
  expect([modeOf(state), modeOf(join(state, 'file'))]).toEqual([0o700, 0o600]);
});

it('closes existing files to others and keeps their content', () => {
  const state = folder();
  chmodSync(state, 0o2777);
  const file = join(state, 'file');
  writeFileSync(file, 'kept');
  chmodSync(file, 0o666);
  ensurePrivateFolder(state);
  ensurePrivateFile(file);
  expect([modeOf(state), modeOf(file), readFileSync(file, 'utf8')]).toEqual([0o2700, 0o600, 'kept']);
});

it('refuses a symbolic link in place of either', () => {
  const state = folder();
  const target = join(state, 'target');
  mkdirSync(target, { mode: 0o755 });
  writeFileSync(join(target, 'file'), 'of another');
  symlinkSync(target, join(state, 'folder'));
  symlinkSync(join(target, 'file'), join(state, 'file'));
  symlinkSync(join(target, 'missing'), join(state, 'dangling'));
  expect(() => ensurePrivateFolder(join(state, 'folder'))).toThrow(/is a symbolic link/);
  for (const name of ['file', 'dangling']) {
    expect(() => ensurePrivateFile(join(state, name))).toThrow(/is a symbolic link/);
    expect(() => closeToOthers(join(state, name))).toThrow(/is a symbolic link/);
  }
  expect(modeOf(target)).toBe(0o755);
});

it('refuses a folder in place of a file', () => {
  const state = folder();
  expect(() => ensurePrivateFile(state)).toThrow(/is not a file/);
  expect(() => closeToOthers(join(state, 'missing'))).not.toThrow();
});
