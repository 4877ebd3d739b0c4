import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, readdirSync, type Stats } from 'node:fs';
import { systemCodeOf } from '../../domain/errors/system-code.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** Permission bits of group and others. */
const ofOthers = 0o077;

/** Of folders such as `/tmp`, where users share a folder and remove only what is theirs. */
const sticky = 0o1000;

/** Of group and others: to add, replace and remove the folder's entries. */
const writableByOthers = 0o022;

/** What Twinhull puts into its state folder, and what a file system has in its root. */
const ownEntry =
  /^(?:[\w-]+\.db(?:-wal|-shm|-journal)?|local-token|services|\d+\.json|(?:reconcile|errors)\.log|lost\+found)$/;

/**
 * Creates a folder that only this user can enter, or removes others' permissions from an existing one. Three kinds keep
 * their mode: one of another user, such as a volume of a container, one with the sticky bit, and one that also holds
 * other programs' files, such as `/var/lib`: others must be able to enter these.
 *
 * @throws StoreUnavailable when a symbolic link or a file is in its place, or when it is shared with others who can
 * write to it, such as `/tmp`
 */
export function ensurePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory()) throw notPrivate(folder, found, 'folder');
  if (!belongsToUs(found) || !isOpenToOthers(found)) return;
  const isOurs = readdirSync(folder).every((name) => ownEntry.test(name));
  if (isOurs && (found.mode & sticky) !== 0) return;
  if (isOurs) takeFromOthers(folder, found);
  else if ((found.mode & writableByOthers) !== 0) throw sharedFolder(folder);
}

/**
 * Creates a file that only this user can read, or removes others' permissions from an existing one, without opening it:
 * closing a SQLite file drops the locks that this process holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
 *
 * @throws StoreUnavailable when a symbolic link, a folder or the file of another user is in its place
 */
export function ensurePrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'ax', 0o600));
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    closeToOthers(file);
  }
}

/** Removes others' permissions from a file, if it exists. @throws StoreUnavailable */
export function closeToOthers(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isFile() || !belongsToUs(found)) throw notPrivate(file, found, 'file');
  takeFromOthers(file, found);
}

/** Whether this mode lets group or others read or change the file. */
export function isOpenToOthers({ mode }: Pick<Stats, 'mode'>): boolean {
  return (mode & ofOthers) !== 0;
}

/** Root may use the files of all users. */
export function belongsToUs({ uid }: Pick<Stats, 'uid'>): boolean {
  const own = process.geteuid?.();
  return own === undefined || own === 0 || own === uid;
}

function takeFromOthers(path: string, found: Stats): void {
  if (isOpenToOthers(found)) chmodSync(path, found.mode & 0o7777 & ~ofOthers);
}

function sharedFolder(folder: string): TwinhullError {
  return new TwinhullError('StoreUnavailable', `other users can write to ${folder}, which other programs use too`, {
    hint: 'name a folder of its own with TWINHULL_STATE_DIR',
  });
}

function notPrivate(path: string, found: Stats, wanted: 'file' | 'folder'): TwinhullError {
  const isRight = wanted === 'file' ? found.isFile() : found.isDirectory();
  const what = isRight
    ? 'belongs to another user'
    : found.isSymbolicLink()
      ? 'is a symbolic link'
      : `is not a ${wanted}`;
  return new TwinhullError('StoreUnavailable', `${path} ${what}, and is not used for the build store`, {
    hint: 'remove it, or name the real folder with TWINHULL_STATE_DIR',
  });
}
