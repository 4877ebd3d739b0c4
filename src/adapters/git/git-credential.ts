import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The user name that GitHub, GitLab and others take with any token. */
const username = 'x-access-token';

/** Where git finds the credential: the first descriptor after stdin, stdout and stderr. */
export const credentialDescriptor = 3;

export interface GitCredential {
  readonly descriptor: number;
  /** Configuration by which git asks for the credential, and only for this repository's host. */
  readonly config: readonly string[];
  close(): Promise<void>;
}

/**
 * Holds a token for git in a file without a name: unlinked before the token is written, it cannot be found by others
 * nor left behind, however this process ends. Git and its helpers inherit the open descriptor; argv and environment
 * stay clean.
 */
export async function openCredential(repository: string, token: string): Promise<GitCredential> {
  const file = await openNameless();
  try {
    await file.write(Buffer.from(`username=${username}\npassword=${token}\n`), 0, undefined, 0);
  } catch (error) {
    await file.close();
    throw error;
  }
  const helper = `!cat /dev/fd/${credentialDescriptor}; :`;
  return {
    descriptor: file.fd,
    config: [`credential.${new URL(repository).origin}.helper=${helper}`],
    close: () => file.close(),
  };
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `twinhull-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
