import { existsSync, readFileSync, rmSync } from 'node:fs';
import { startTimeOf } from './processes.ts';

/**
 * Removes the pid files that a killed engine and its containerd leave. The next engine takes any process that has the
 * same id by then, even a zombie, for the old engine, and does not start.
 *
 * @param pidFiles names of programs, by the paths of their files
 */
export function removeStalePidFiles(pidFiles: Readonly<Record<string, string>>): void {
  for (const [file, name] of Object.entries(pidFiles)) {
    if (existsSync(file) && livingName(readFileSync(file, 'utf8').trim()) !== name) rmSync(file, { force: true });
  }
}

function livingName(pid: string): string | undefined {
  return startTimeOf(Number(pid)) === undefined ? undefined : readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}
