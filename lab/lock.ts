import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from './lab-error.ts';
import { poll } from './poll.ts';
import { startTimeOf } from './processes.ts';

const patienceMilliseconds = 20 * 60_000;

/** Holds the machine's one lab lock while `action` runs; waits for another process that holds it, never for a dead one. */
export async function withLock<T>(file: string, onWait: (pid: string) => void, action: () => Promise<T>): Promise<T> {
  await acquire(file, onWait);
  try {
    return await action();
  } finally {
    rmSync(file, { force: true });
  }
}

async function acquire(file: string, onWait: (pid: string) => void): Promise<void> {
  // Twice: the first try may find, and clear away, the lock of a process that died.
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
    // A link appears whole or not at all, so nobody reads a lock without an owner.
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
    // Somebody else may have cleared the stale one and taken the lock since we looked: then it goes back.
    if (isAlive(ownerOf(aside))) linkSync(aside, file);
  } catch {
    // Another process was quicker.
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
