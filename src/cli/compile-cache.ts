import { lstatSync, mkdirSync } from 'node:fs';
import nodeModule from 'node:module';
import path from 'node:path';
import { xdgFolder } from '../settings/state-folder.ts';

/** Node has it since 22.1; Node 20 does not. */
const { enableCompileCache } = nodeModule as { enableCompileCache?: (folder: string) => unknown };

/**
 * Lets Node keep the compiled code of modules that are loaded from here on, so that later starts need not compile it.
 * Node runs what it finds there, so the folder must be this user's alone; Node's default is a folder in /tmp.
 */
export function useCompileCache(environment: NodeJS.ProcessEnv): void {
  if (enableCompileCache === undefined || environment['NODE_COMPILE_CACHE']) return;
  const folder = path.join(xdgFolder(environment, 'XDG_CACHE_HOME', '.cache'), 'twinhull', 'node');
  if (isPrivateFolder(folder)) enableCompileCache(folder);
}

/** Creates the folder. Without one there is no cache: a start must not fail over it. */
export function isPrivateFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = lstatSync(folder);
    return (mode & 0o077) === 0 && uid === process.geteuid?.();
  } catch {
    return false;
  }
}
