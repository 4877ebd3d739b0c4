import { parseRepository } from '../../domain/git-repository.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { type GitCredential, openCredential } from './git-credential.ts';
import { remoteConfig, remoteEnvironment } from './git-environment.ts';
import { remoteFailure } from './git-failure.ts';
import { type GitCall, type GitResult, runGit } from './run-git.ts';

export interface GitRemoteOptions {
  /** Read as late as possible, once per call to the server. Undefined where the repository needs none. */
  readonly token?: (() => Promise<string | undefined>) | undefined;
  /** Certificates to trust, PEM, instead of the machine's. */
  readonly caFile?: string | undefined;
  /** Where a clone may stand for a moment. @default the machine's folder for temporary files */
  readonly workFolder?: string | undefined;
  /** How long one question to the server may take. @default 60_000 */
  readonly timeoutMilliseconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RemoteReferences {
  /** Full name (`refs/heads/main`) to object id; annotated tags under their own name with the commit they point to. */
  readonly commits: ReadonlyMap<string, string>;
  /** The branch that HEAD names. */
  readonly defaultBranch: string | undefined;
}

/**
 * What the server shows under these patterns (`HEAD`, `refs/heads/main`, `refs/heads/*`).
 * @throws RepositoryInvalid, GitAccessDenied, GitUnreachable, GitMissing
 */
export async function listReferences(
  repository: string,
  patterns: readonly string[],
  options: GitRemoteOptions,
): Promise<RemoteReferences> {
  const peeled = patterns.filter((pattern) => pattern.startsWith('refs/tags/')).map((pattern) => `${pattern}^{}`);
  const timeout = options.timeoutMilliseconds ?? 60_000;
  const { stdout } = await callRemote(
    repository,
    ['ls-remote', '--symref', '--'],
    [...patterns, ...peeled],
    timeout,
    options,
  );
  return parseReferences(stdout);
}

/** Runs `git {command} {url} {rest}` with the token at hand; a failure becomes the error that explains it. */
export async function callRemote(
  repository: string,
  command: readonly string[],
  rest: readonly string[],
  timeoutMilliseconds: number,
  options: GitRemoteOptions,
): Promise<GitResult> {
  const url = parseRepository(repository);
  const credential = await credentialFor(url, options);
  try {
    const config = [...remoteConfig(url), ...(credential?.config ?? [])].flatMap((setting) => ['-c', setting]);
    const call: GitCall = {
      environment: remoteEnvironment(options.caFile),
      timeoutMilliseconds,
      descriptor: credential?.descriptor,
      signal: options.signal,
    };
    const result = await runGit([...config, ...command, url, ...rest], call);
    if (result.exitCode === 0) return result;
    throw remoteFailure(url, result, timeoutMilliseconds, credential !== undefined);
  } finally {
    await credential?.close();
  }
}

async function credentialFor(repository: string, { token }: GitRemoteOptions): Promise<GitCredential | undefined> {
  const value = await token?.();
  if (value === undefined) return undefined;
  if (value !== '' && !/[\u0000-\u001f\u007f]/.test(value)) return openCredential(repository, value);
  throw new TwinhullError('GitAccessDenied', `the token for ${repository} is empty or holds control characters`, {
    hint: 'the file with the token holds the token alone',
  });
}

function parseReferences(listing: string): RemoteReferences {
  const commits = new Map<string, string>();
  let defaultBranch: string | undefined;
  for (const line of listing.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    const symbolic = /^ref: refs\/heads\/(.+)$/.exec(value);
    if (symbolic !== null && name === 'HEAD') defaultBranch = symbolic[1];
    // The peeled line of an annotated tag comes right after the tag's own, and replaces it.
    else if (/^[0-9a-f]{40}$/.test(value)) commits.set(name.replace(/\^\{\}$/, ''), value);
  }
  return { commits, defaultBranch };
}
