import type { GitRemoteOptions } from '../../adapters/git/call-remote.ts';
import { listReferences } from '../../adapters/git/list-references.ts';
import { type CheckResult, ok, problemFromError, warning } from './check.ts';

/** Whether the configured token can read the repository, checked with `git ls-remote`. */
export async function checkGit(name: string, repository: string, options: GitRemoteOptions): Promise<CheckResult> {
  try {
    const { commits, defaultBranch } = await listReferences(repository, ['HEAD'], {
      timeoutMilliseconds: 20_000,
      ...options,
    });
    const head = commits.get('HEAD');
    if (head === undefined)
      return warning(name, `${repository} can be read, but has no commits`, 'push a commit first');
    return ok(name, `${repository} can be read; ${defaultBranch ?? 'HEAD'} is at ${head.slice(0, 7)}`);
  } catch (error) {
    return problemFromError(name, error);
  }
}
