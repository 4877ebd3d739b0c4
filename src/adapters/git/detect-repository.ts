import { httpsEquivalent, parseRepository } from '../../domain/git-repository.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { runGit } from './run-git.ts';

export interface DetectedRepository {
  /** https form of the remote `origin`, without credentials. */
  readonly repository: string;
  /** HEAD of the checkout: not necessarily pushed yet. */
  readonly commit: string;
  /** Undefined when HEAD is detached. */
  readonly branch?: string;
}

/**
 * The repository of the folder that the user stands in.
 * @throws RepositoryInvalid when there is none, or its origin is not one that Twinhull clones
 * @throws CommitNotFound when nothing was committed yet
 * @throws GitMissing
 */
export async function detectRepository(folder: string): Promise<DetectedRepository> {
  const origin = await originOf(folder);
  if (origin === undefined) {
    throw new TwinhullError('RepositoryInvalid', `${folder} is in no git repository with a remote called origin`, {
      hint: 'name the repository and the commit, or go to a clone of it',
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

/** Address of the remote `origin` as git has it, which may hold a credential; undefined where there is none. */
export async function originOf(folder: string): Promise<string | undefined> {
  return answer(folder, ['remote', 'get-url', 'origin']);
}

/** Here the user's own configuration counts: which folders are safe, what addresses are short for. */
async function answer(folder: string, args: readonly string[]): Promise<string | undefined> {
  const environment = Object.fromEntries(
    Object.entries({ ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' }).filter(isSet),
  );
  const { exitCode, stdout } = await runGit(args, { cwd: folder, environment, timeoutMilliseconds: 10_000 });
  const text = stdout.trim();
  return exitCode === 0 && text !== '' ? text : undefined;
}

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}
