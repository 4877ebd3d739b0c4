import type { GitAudience } from './git-audience.ts';

/** What git logs in with, and the only servers that may receive it. */
export interface GitCredential {
  readonly audience: GitAudience;
  readonly username: string;
  readonly token: string;
}

/**
 * The user name that a host expects with a token; most accept any.
 * Bitbucket: https://support.atlassian.com/bitbucket-cloud/docs/using-access-tokens/
 */
export function usernameFor(host: string): string {
  if (host === 'gitlab.com') return 'oauth2';
  if (host === 'bitbucket.org') return 'x-token-auth';
  return 'x-access-token';
}
