import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitCredential } from '../../domain/git-audience.ts';

/** Where git reads the credential: the first descriptor after stdin, stdout and stderr. */
export const credentialDescriptor = 3;

/** A credential that git reads from a file descriptor, so that it is in no argument, variable or file. */
export interface HeldCredential {
  readonly descriptor: number;
  readonly username: string;
  /** Configuration that makes git read the credential, and only for servers that may see it. */
  readonly config: readonly string[];
  close(): Promise<void>;
}

/**
 * Keeps a credential for git in an unnamed file: unlinked before the token is written, it can neither be found by
 * others nor left behind, however this process ends. Git and its helpers inherit the open descriptor; argv and
 * environment stay clean.
 *
 * @param repository the canonical URL that git will be given; one that the credential is for
 */
export async function holdCredential(
  repository: string,
  { audience, username, token }: GitCredential,
): Promise<HeldCredential> {
  const file = await openNameless();
  try {
    await file.write(Buffer.from(`username=${username}\npassword=${token}\n`), 0, undefined, 0);
  } catch (error) {
    await file.close();
    throw error;
  }
  const helper = `!cat /dev/fd/${credentialDescriptor}; :`;
  const isForHost = audience.path.length === 0;
  const context = isForHost ? new URL(repository).origin : repository;
  return {
    descriptor: file.fd,
    username,
    config: [
      `credential.${context}.helper=${helper}`,
      // A redirect within the host keeps the credential, so a credential for a single path follows none.
      ...(isForHost ? [] : ['http.followRedirects=false']),
    ],
    close: () => file.close(),
  };
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `twinhull-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
