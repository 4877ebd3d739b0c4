import { randomBytes } from 'node:crypto';
import { lstat, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { belongsToUs, ensurePrivateFolder, isOpenToOthers } from '../private-files/private-files.ts';

/** The token of a service on this machine, which its user may read. */
export interface LocalToken {
  readonly token: string;
  /** Whether other users could read or replace it. */
  readonly exposed: boolean;
}

/** The file of the token with which this user's commands call a service on this machine. */
export function localTokenFile(stateFolder: string): string {
  return path.join(stateFolder, 'local-token');
}

/** @returns undefined where there is no such file */
export async function readLocalToken(stateFolder: string): Promise<LocalToken | undefined> {
  const file = localTokenFile(stateFolder);
  try {
    const found = await lstat(file);
    if (!found.isFile()) return undefined;
    const token = (await readFile(file, 'utf8')).trim();
    return { token, exposed: isOpenToOthers(found) || !belongsToUs(found) };
  } catch {
    return undefined;
  }
}

/** Replaces an existing file; of a symbolic link, the link itself and not its target. @returns the file */
export async function writeLocalToken(stateFolder: string, token: string): Promise<string> {
  ensurePrivateFolder(stateFolder);
  const file = localTokenFile(stateFolder);
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const opened = await open(draft, 'wx', 0o600);
    await opened.writeFile(`${token}\n`).finally(() => opened.close());
    await rename(draft, file);
    return file;
  } finally {
    await rm(draft, { force: true });
  }
}
