import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { callRemote, callTimeout, type GitRemoteOptions } from './call-remote.ts';
import { remoteEnvironment } from './git-environment.ts';
import { runGit } from './run-git.ts';

/** Cloning all commits of a large repository is slow, but must end. */
const cloneTimeoutMilliseconds = 10 * 60_000;

/**
 * Every commit that begins with `prefix` and is reachable from a branch or tag. No server offers this search, so all
 * commits are fetched temporarily, without their files where the server supports that. One clone per repository at a
 * time, and two in all.
 *
 * @throws TooManyRequests when too many searches wait
 */
export function findCommits(repository: string, prefix: string, options: GitRemoteOptions): Promise<readonly string[]> {
  return searches.run(repository, prefix, () => searchCommits(repository, prefix, options));
}

/** Shared by the whole process: bounds the clones on disk, however many requests arrive. */
const searches = new BoundedQueue({ what: 'searches for the beginning of a commit', most: 2, mostWaiting: 16 });

async function searchCommits(
  repository: string,
  prefix: string,
  options: GitRemoteOptions,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(options.workFolder ?? tmpdir(), 'twinhull-commits-'));
  try {
    await cloneCommits(repository, join(folder, 'bare'), options);
    return await commitsIn(join(folder, 'bare'), prefix, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function cloneCommits(repository: string, folder: string, options: GitRemoteOptions): Promise<void> {
  const clone = (...more: readonly string[]) =>
    callRemote(repository, ['clone', '--quiet', '--bare', ...more, '--'], [folder], cloneTimeoutMilliseconds, options);
  try {
    await clone('--filter=tree:0');
  } catch (error) {
    // Old servers ignore the filter; some reject it. A failure with another cause recurs, and is reported then.
    if (!TwinhullError.is(error, 'GitUnreachable')) throw error;
    await rm(folder, { recursive: true, force: true });
    await clone();
  }
}

async function commitsIn(folder: string, prefix: string, { signal }: GitRemoteOptions): Promise<readonly string[]> {
  const local = { cwd: folder, environment: remoteEnvironment(undefined), timeoutMilliseconds: callTimeout, signal };
  const objects = await runGit(['rev-parse', `--disambiguate=${prefix}`], local);
  const types = await runGit(['cat-file', '--batch-check'], { ...local, input: objects.stdout });
  return types.stdout.split('\n').flatMap((line) => /^([0-9a-f]{40}) commit /.exec(line)?.[1] ?? []);
}
