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
  const file = join(state, 'twinhull.db');
  writeFileSync(file, 'kept');
  writeFileSync(join(state, 'twinhull.db-wal'), '');
  mkdirSync(join(state, 'services'));
  chmodSync(file, 0o666);
  ensurePrivateFolder(state);
  ensurePrivateFile(file);
  expect([modeOf(state), modeOf(file), readFileSync(file, 'utf8')]).toEqual([0o2700, 0o600, 'kept']);
});

it('never changes the mode of a folder that other programs use too', () => {
  const shared = folder();
  writeFileSync(join(shared, 'of-another-program'), '');
  chmodSync(shared, 0o755);
  ensurePrivateFolder(shared);
  expect(modeOf(shared)).toBe(0o755);
});

it('keeps the mode of an empty folder that users share', () => {
  const shared = folder();
  chmodSync(shared, 0o1777);
  ensurePrivateFolder(shared);
  expect(modeOf(shared)).toBe(0o1777);
});

it.each([0o1777, 0o777, 0o775])('refuses a folder with other files that others can write to: %o', (mode) => {
  const shared = folder();
  writeFileSync(join(shared, 'of-another-program'), '');
  chmodSync(shared, mode);
  expect(() => ensurePrivateFolder(shared)).toThrow(`other users can write to ${shared}`);
  expect(modeOf(shared)).toBe(mode);
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
