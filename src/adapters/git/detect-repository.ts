import { posix } from 'node:path';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { httpsEquivalent, parseRepository } from '../../domain/git-repository.ts';
import { runGit } from './run-git.ts';

/** What a folder's checkout is a clone of. */
export interface DetectedRepository {
  /** https form of the remote `origin`, without credentials. */
  readonly repository: string;
  /** HEAD of the checkout: not necessarily pushed yet. */
  readonly commit: string;
  /** Undefined when HEAD is detached. */
  readonly branch?: string;
}

/**
 * The repository of the user's current folder.
 * @throws RepositoryInvalid when there is none, or its origin is not one that Twinhull clones
 * @throws CommitNotFound when there is no commit yet
 * @throws GitMissing
 */
export async function detectRepository(folder: string): Promise<DetectedRepository> {
  const origin = await originOf(folder);
  if (origin === undefined) {
    throw new TwinhullError('RepositoryInvalid', `${folder} is not in a git repository with a remote named origin`, {
      hint: 'name the repository and the commit, or run the command in a clone',
    });
  }
  const commit = await answer(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  if (commit === undefined)
    throw new TwinhullError('CommitNotFound', `${folder} has no commit yet`, { hint: 'commit and push first' });
  const branch = await answer(folder, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  return {
    repository: parseRepository(httpsEquivalent(origin) ?? origin),
    commit,
    ...(branch !== undefined && { branch }),
  };
}

/** Address of the remote `origin` as configured, which may contain a credential; undefined where there is none. */
export async function originOf(folder: string): Promise<string | undefined> {
  return answer(folder, ['remote', 'get-url', 'origin']);
}

/** A file of a commit, if the local clone has it; nothing is fetched. */
export async function readCommitted(folder: string, commit: string, path: string): Promise<string | undefined> {
  // A path that begins with a dot would be relative to the folder, not to the root.
  return answer(folder, ['cat-file', 'blob', `${commit}:${posix.normalize(path)}`]).catch(() => undefined);
}

/** The user's own configuration applies here: safe directories, abbreviated addresses. */
async function answer(folder: string, args: readonly string[]): Promise<string | undefined> {
  const environment = Object.fromEntries(
    Object.entries({ ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' }).filter(isSet),
  );
  const { exitCode, stdout } = await runGit(args, { cwd: folder, environment, timeoutMilliseconds: 10_000 });
  const text = stdout.trim();
  return exitCode === 0 && text !== '' ? text : undefined;
}

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}
