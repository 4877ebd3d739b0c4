import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { callRemote, type GitRemoteOptions } from './call-remote.ts';
import { remoteEnvironment } from './git-environment.ts';
import { runGit } from './run-git.ts';

/** A clone of all commits of a large repository takes its time, but not for ever. */
const cloneTimeoutMilliseconds = 10 * 60_000;

/**
 * Every commit that begins with `prefix` and that a branch or tag reaches. No server tells that, so all commits are
 * fetched for a moment: without their files, where the server can leave these out.
 */
export async function findCommits(
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
    // Old servers ignore the filter; some refuse it. What has nothing to do with it fails once more, and says so.
    if (!TwinhullError.is(error, 'GitUnreachable')) throw error;
    await rm(folder, { recursive: true, force: true });
    await clone();
  }
}

async function commitsIn(folder: string, prefix: string, { signal }: GitRemoteOptions): Promise<readonly string[]> {
  const local = { cwd: folder, environment: remoteEnvironment(undefined), timeoutMilliseconds: 60_000, signal };
  const objects = await runGit(['rev-parse', `--disambiguate=${prefix}`], local);
  const types = await runGit(['cat-file', '--batch-check'], { ...local, input: objects.stdout });
  return types.stdout.split('\n').flatMap((line) => /^([0-9a-f]{40}) commit /.exec(line)?.[1] ?? []);
}
