import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from './lab-error.ts';
import { poll } from './poll.ts';
import { startTimeOf } from './processes.ts';

const patienceMilliseconds = 20 * 60_000;

/** Holds the machine's one lab lock while `action` runs; waits for a live process that holds it, not for a dead one. */
export async function withLock<T>(file: string, onWait: (pid: string) => void, action: () => Promise<T>): Promise<T> {
  await acquire(file, onWait);
  try {
    return await action();
  } finally {
    rmSync(file, { force: true });
  }
}

async function acquire(file: string, onWait: (pid: string) => void): Promise<void> {
  // Twice: the first try may find, and remove, the lock of a dead process.
  if (tryAcquire(file) || tryAcquire(file)) return;
  onWait(ownerOf(file).split(' ')[0] ?? '?');
  const acquired = await poll(() => tryAcquire(file), patienceMilliseconds);
  if (acquired) return;
  throw new LabError(`process ${ownerOf(file)} has held the lab's lock for more than 20 minutes`, {
    hint: `end that process if it hangs; the lock is ${file}`,
  });
}

function tryAcquire(file: string): boolean {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${process.pid} ${startTimeOf(process.pid)}`;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, own);
  try {
    // Linking is atomic, so a lock never appears without its owner.
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    removeIfStale(file);
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeIfStale(file: string): void {
  const owner = ownerOf(file);
  if (owner === '' || isAlive(owner)) return;
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    // Another process may have replaced the stale lock since the check: then its lock is put back.
    if (isAlive(ownerOf(aside))) linkSync(aside, file);
  } catch {
    // Another process removed it first.
  }
  rmSync(aside, { force: true });
}

function isAlive(owner: string): boolean {
  const [pid, startTime] = owner.split(' ');
  return startTime !== undefined && startTimeOf(Number(pid)) === startTime;
}

function ownerOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
