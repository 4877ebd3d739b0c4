import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { quoted } from '../../domain/quoted.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { callRemote, callTimeout, type GitRemoteOptions } from './call-remote.ts';
import { remoteEnvironment } from './git-environment.ts';
import { runGit } from './run-git.ts';

/**
 * The commit that a tag or another reference points to. A server lists references without the types of their objects,
 * so the object itself is fetched, without its files where the server supports that.
 *
 * @param name in full, `refs/tags/v1`; one that the server lists
 * @throws ReferenceInvalid when it points to a tree or a file; TooManyRequests
 */
export function fetchCommit(repository: string, name: string, options: GitRemoteOptions): Promise<string> {
  return fetches.run(repository, name, () => fetchNamed(repository, name, options));
}

const fetches = new BoundedQueue({ what: 'lookups of tags', most: 4, mostWaiting: 256 });

const local = 'refs/twinhull/named';

async function fetchNamed(repository: string, name: string, options: GitRemoteOptions): Promise<string> {
  const folder = await mkdtemp(join(options.workFolder ?? tmpdir(), 'twinhull-reference-'));
  try {
    const call = { cwd: folder, environment: remoteEnvironment(undefined), timeoutMilliseconds: callTimeout };
    await runGit(['init', '--quiet', '--bare', '.'], call);
    await fetchInto(folder, repository, name, options);
    const [id, type] = await Promise.all(
      [['rev-parse'], ['cat-file', '-t']].map(async (words) => runGit([...words, `${local}^{}`], call)),
    );
    if (id !== undefined && type?.stdout.trim() === 'commit') return id.stdout.trim();
    const what = type?.stdout.trim() === 'blob' ? 'file' : 'tree';
    throw new TwinhullError(
      'ReferenceInvalid',
      `${quoted(name)} of ${repository} is not a commit: it points to a ${what}`,
      {
        hint: 'name a branch, a commit, or a tag of a commit',
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchInto(folder: string, repository: string, name: string, options: GitRemoteOptions): Promise<void> {
  const timeout = options.timeoutMilliseconds ?? callTimeout;
  const fetch = (...more: readonly string[]) => {
    const command = ['-C', folder, 'fetch', '--quiet', '--depth=1', '--no-tags', ...more, '--'];
    return callRemote(repository, command, [`+${name}:${local}`], timeout, options);
  };
  try {
    await fetch('--filter=tree:0');
  } catch (error) {
    // Some servers reject the filter; a failure with another cause recurs.
    if (!TwinhullError.is(error, 'GitUnreachable')) throw error;
    await fetch();
  }
}
