import { BoundedQueue } from './bounded-queue.ts';
import { callRemote, callTimeout, type GitRemoteOptions } from './call-remote.ts';
import { sha256Repository } from './git-errors.ts';

/** What a git server lists of a repository. */
export interface RemoteReferences {
  /** Full name (`refs/heads/main`) to object id; annotated tags under their own name with the commit they point to. */
  readonly commits: ReadonlyMap<string, string>;
  /** The branch that HEAD names. */
  readonly defaultBranch: string | undefined;
}

/**
 * The references on the server that match these patterns (`HEAD`, `refs/heads/main`, `refs/heads/*`).
 * @throws RepositoryInvalid, GitAccessDenied, GitUnreachable, GitMissing, TooManyRequests
 */
export function listReferences(
  repository: string,
  patterns: readonly string[],
  options: GitRemoteOptions,
): Promise<RemoteReferences> {
  const same = `${repository} ${patterns.join(' ')}`;
  return lookups.run(same, same, () => lookUp(repository, patterns, options));
}

/** Shared by the whole process: a request that names a branch costs a process and a connection. */
const lookups = new BoundedQueue({ what: 'lookups at git servers', most: 8, mostWaiting: 256 });

async function lookUp(
  repository: string,
  patterns: readonly string[],
  options: GitRemoteOptions,
): Promise<RemoteReferences> {
  const peeled = patterns.filter((pattern) => /^refs\/(?!heads\/)/.test(pattern)).map((pattern) => `${pattern}^{}`);
  const timeout = options.timeoutMilliseconds ?? callTimeout;
  const { stdout } = await callRemote(
    repository,
    ['ls-remote', '--symref', '--'],
    [...patterns, ...peeled],
    timeout,
    options,
  );
  if (/^[0-9a-f]{64}\t/m.test(stdout)) throw sha256Repository(repository);
  return parseReferences(stdout);
}

function parseReferences(listing: string): RemoteReferences {
  const commits = new Map<string, string>();
  let defaultBranch: string | undefined;
  for (const line of listing.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    const symbolic = /^ref: refs\/heads\/(.+)$/.exec(value);
    if (symbolic !== null && name === 'HEAD') defaultBranch = symbolic[1];
    // The peeled line of an annotated tag directly follows the tag's own, and replaces it.
    else if (/^[0-9a-f]{40}$/.test(value)) commits.set(name.replace(/\^\{\}$/, ''), value);
  }
  return { commits, defaultBranch };
}
