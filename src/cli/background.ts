import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../settings/settings.ts';

/**
 * Leaves a `twinhull reconcile --until-idle` running that outlives this process and its terminal. What it says goes to
 * `reconcile.log` in the state folder.
 */
export function reconcileInBackground({ stateFolder }: Settings): void {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const log = openSync(path.join(stateFolder, 'reconcile.log'), 'a', 0o600);
  const main = fileURLToPath(new URL(`./main${path.extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, main, 'reconcile', '--until-idle'], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  });
  child.unref();
}
