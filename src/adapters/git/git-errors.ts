import { formatDuration } from '../../domain/duration.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { GitResult } from './run-git.ts';

const refused =
  /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|error: 40[13]\b|HTTP 40[13]\b/i;
const absent = /repository '[^']*' not found|error: 404\b|HTTP 404\b|does not appear to be a git repository/i;
const unusableCa = /problem with the SSL CA cert|error (?:adding|setting|reading) trust|error setting certificate/i;
const untrusted = /certificate verification failed|certificate problem|self.signed certificate/i;

/** A web page: what servers send instead of 401 when a login is required. */
const page =
  /info\/refs not valid: |unable to update url base from redirection|error: 30[12378]\b|bad line length character/i;

/** Git takes a page of one line for a server without references, and reports no failure. */
export function isPage({ exitCode, stderr, contentType = '' }: GitResult): boolean {
  if (exitCode !== 0 && page.test(stderr)) return true;
  return /^text\/html\b/i.test(contentType) && !/error: [45]\d\d\b/.test(stderr);
}

const passing =
  /(?:HTTP|error:) (?:408|429|50[0234])\b|early EOF|hung up unexpectedly|unexpected disconnect|connection (?:was )?reset|empty reply/i;

/** GitHub answers rate-limited requests with 403. A plain 403 has neither these words nor a `Retry-After`. */
const limited = /^remote: .*(?:\brate limit\b|too many requests|abuse detection)|(?:HTTP|error:) 429\b/im;

function isLimited({ stderr, retryAfter }: GitResult): boolean {
  return limited.test(stderr) || (retryAfter !== undefined && refused.test(stderr));
}

/** Whether a retry may succeed, judging by git's messages in the C locale. */
export function isPassing(result: GitResult): boolean {
  const { exitCode, stderr, timedOut } = result;
  if (exitCode === 0 || timedOut) return false;
  return isLimited(result) || (passing.test(stderr) && !refused.test(stderr) && !absent.test(stderr));
}

/** Maps a failed call to a remote to an error, judging by git's messages in the C locale. */
export function remoteFailure(
  repository: string,
  result: GitResult,
  timeoutMilliseconds: number,
  username: string | undefined,
): TwinhullError {
  if (result.timedOut) {
    const waited = formatDuration(timeoutMilliseconds / 1000);
    return new TwinhullError('GitUnreachable', `the git server did not respond for ${repository} within ${waited}`);
  }
  const reason = lastWords(result.stderr);
  if (isLimited(result)) {
    return new TwinhullError('GitUnreachable', `the git server limits requests for ${repository}: ${reason}`, {
      hint: 'wait before the next try; a token may have a higher limit',
    });
  }
  if (refused.test(result.stderr)) {
    const credential = username === undefined ? 'access without a token' : tokenOf(username);
    const hint = username === undefined ? noCredentialHint(repository) : usernameHint;
    return new TwinhullError('GitAccessDenied', `the git server refused ${credential} for ${repository}: ${reason}`, {
      hint,
    });
  }
  const to = username === undefined ? '' : ` to ${tokenOf(username)}`;
  if (absent.test(result.stderr)) {
    return new TwinhullError('GitAccessDenied', `the git server shows no repository at ${repository}${to}: ${reason}`, {
      hint: 'check the address; servers hide private repositories from tokens without access',
    });
  }
  if (isPage(result)) {
    const message = `the git server returned a web page or a redirect, such as to a sign-in page, for ${repository}${to}: ${reason}`;
    return new TwinhullError('GitAccessDenied', message, {
      hint: username === undefined ? noCredentialHint(repository) : usernameHint,
    });
  }
  if (unusableCa.test(result.stderr)) {
    return new TwinhullError('SettingInvalid', `the CA file for git cannot be used to read ${repository}: ${reason}`, {
      hint: 'TWINHULL_GIT_CA_FILE must name a readable file in PEM format',
    });
  }
  return new TwinhullError('GitUnreachable', `cannot read ${repository}: ${reason}`, {
    hint: untrusted.test(result.stderr)
      ? 'if a private CA signed its certificate, name the CA in TWINHULL_GIT_CA_FILE'
      : undefined,
  });
}

/** The repository has SHA-256 object names, which Twinhull does not support. */
export function sha256Repository(repository: string): TwinhullError {
  const message = `cannot clone from ${repository}: repositories with SHA-256 object names are not supported`;
  return new TwinhullError('RepositoryInvalid', message, { hint: 'build from a repository with SHA-1 object names' });
}

function tokenOf(username: string): string {
  return `the token (user name ${username})`;
}

const usernameHint =
  'give a token that can read this repository (TWINHULL_GIT_TOKEN_FILE), with the user name that its server expects (TWINHULL_GIT_USERNAME: docs/settings.md has a table)';

/** The repository, perhaps a stranger's, determines the host: only the operator may decide to give it a token. */
function noCredentialHint(repository: string): string {
  const { host } = new URL(repository);
  return `no token is configured for ${host}: to configure one, set TWINHULL_GIT_TOKEN_FILE and TWINHULL_GIT_HOST=${host}, or add a line for it to TWINHULL_GIT_CREDENTIALS_FILE`;
}

/** A server's message may have any length. */
const longest = 300;

function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const informative = lines.filter((line) => /^(?:fatal|error|remote):/i.test(line)).slice(-2);
  return (
    (informative.length > 0 ? informative : lines.slice(-1))
      .map((line) => line.replace(/^(?:fatal|error): /, '').slice(0, longest))
      .join('; ') || 'git gave no reason'
  );
}
