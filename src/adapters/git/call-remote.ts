import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type GitCredential, isInAudience } from '../../domain/git-audience.ts';
import { parseRepository } from '../../domain/git-repository.ts';
import { parseRetryAfter, withRetries } from '../../domain/retry.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import { remoteConfig, remoteEnvironment } from './git-environment.ts';
import { isPage, isPassing, remoteFailure } from './git-errors.ts';
import { type HeldCredential, holdCredential } from './held-credential.ts';
import { type GitCall, type GitResult, runGit } from './run-git.ts';

/** How long one call of git may take that fetches little, in milliseconds. */
export const callTimeout = 60_000;

/** How a git server is called: credential, certificates, limits. */
export interface GitRemoteOptions {
  /** The credential for a URL, read as late as possible, once per call to the server. Undefined where none matches. */
  readonly credential?: ((url: string) => Promise<GitCredential | undefined>) | undefined;
  /** Certificates to trust, PEM, instead of the machine's. */
  readonly caFile?: string | undefined;
  /** Folder for temporary clones. @default the machine's folder for temporary files */
  readonly workFolder?: string | undefined;
  /** How long one call to the server may take. @default 60_000 */
  readonly timeoutMilliseconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For the pauses between retries. @default systemClock */
  readonly clock?: Clock | undefined;
}

/** Milliseconds. */
const pauses = { first: 1_000, longest: 8_000 };
const budget = 60_000;

/**
 * Runs `git {command} {url} {rest}` with the credential for this URL, and retries transient failures of the server; a
 * final failure is mapped to an error of the catalogue.
 */
export async function callRemote(
  repository: string,
  command: readonly string[],
  rest: readonly string[],
  timeoutMilliseconds: number,
  options: GitRemoteOptions,
): Promise<GitResult> {
  const url = parseRepository(repository);
  const result = await withRetries(() => callOnce(url, command, rest, timeoutMilliseconds, options), {
    clock: options.clock ?? systemClock,
    pauses,
    mostTries: 4,
    budget,
    signal: options.signal,
    isPassing: (outcome) => 'value' in outcome && isPassing(outcome.value),
    askedPause: (outcome, now) => ('value' in outcome ? parseRetryAfter(outcome.value.retryAfter, now) : undefined),
  });
  if (result.exitCode === 0 && !isPage(result)) return result;
  throw remoteFailure(url, result, timeoutMilliseconds, result.username);
}

async function callOnce(
  url: string,
  command: readonly string[],
  rest: readonly string[],
  timeoutMilliseconds: number,
  options: GitRemoteOptions,
): Promise<GitResult & { readonly username: string | undefined }> {
  const credential = await credentialFor(url, options);
  try {
    const config = [...remoteConfig(url), ...(credential?.config ?? [])].flatMap((setting) => ['-c', setting]);
    const call: GitCall = {
      // Inside a repository its git configuration would apply: other addresses, other proxies, other credentials.
      cwd: '/',
      environment: remoteEnvironment(options.caFile),
      timeoutMilliseconds,
      descriptor: credential?.descriptor,
      signal: options.signal,
    };
    const result = await runGit([...config, ...command, url, ...rest], call);
    return { ...result, username: credential?.username };
  } finally {
    await credential?.close();
  }
}

async function credentialFor(url: string, { credential }: GitRemoteOptions): Promise<HeldCredential | undefined> {
  const found = await credential?.(url);
  if (found === undefined || !isInAudience(found.audience, url)) return undefined;
  if (/^[^\u0000-\u001f\u007f]+$/.test(found.token)) return holdCredential(url, found);
  throw new TwinhullError('GitAccessDenied', `the token for ${url} is empty or holds control characters`, {
    hint: 'write the token alone into the file, on one line',
  });
}
