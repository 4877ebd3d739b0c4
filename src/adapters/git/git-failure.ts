import { formatDuration } from '../../domain/duration.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { GitResult } from './run-git.ts';

const refused =
  /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|error: 40[13]\b|HTTP 40[13]\b/i;
const absent = /repository '[^']*' not found|error: 404\b|HTTP 404\b|does not appear to be a git repository/i;
const unusableCa = /problem with the SSL CA cert|error (?:adding|setting|reading) trust|error setting certificate/i;
const untrusted = /certificate verification failed|certificate problem|self.signed certificate/i;

/** What git's failure against a remote means, from the words that it prints in the C locale. */
export function remoteFailure(
  repository: string,
  result: GitResult,
  timeoutMilliseconds: number,
  withToken: boolean,
): TwinhullError {
  if (result.timedOut) {
    const waited = formatDuration(timeoutMilliseconds / 1000);
    return new TwinhullError('GitUnreachable', `the git server did not answer for ${repository} within ${waited}`);
  }
  const reason = lastWords(result.stderr);
  if (refused.test(result.stderr)) {
    const credential = withToken ? 'the token' : 'access without a token';
    const hint = withToken
      ? undefined
      : 'set TWINHULL_GIT_TOKEN_FILE to a file with a token that may read this repository';
    return new TwinhullError('GitAccessDenied', `the git server refused ${credential} for ${repository}: ${reason}`, {
      hint,
    });
  }
  if (absent.test(result.stderr)) {
    return new TwinhullError('GitAccessDenied', `the git server shows no repository at ${repository}: ${reason}`, {
      hint: 'check the address; servers hide a private repository from a token that may not read it',
    });
  }
  if (unusableCa.test(result.stderr)) {
    return new TwinhullError('SettingInvalid', `the CA file for git cannot be used to read ${repository}: ${reason}`, {
      hint: 'TWINHULL_GIT_CA_FILE must name a file in PEM form that can be read',
    });
  }
  return new TwinhullError('GitUnreachable', `cannot read ${repository}: ${reason}`, {
    hint: untrusted.test(result.stderr)
      ? 'when a private CA signed its certificate, name the CA in TWINHULL_GIT_CA_FILE'
      : undefined,
  });
}

/** A server may say what it likes at any length. */
const longest = 300;

function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => /^(?:fatal|error|remote):/i.test(line)).slice(-2);
  return (
    (telling.length > 0 ? telling : lines.slice(-1))
      .map((line) => line.replace(/^(?:fatal|error): /, '').slice(0, longest))
      .join('; ') || 'git gave no reason'
  );
}
