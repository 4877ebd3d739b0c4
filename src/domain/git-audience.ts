import { TwinhullError } from './errors/twinhull-error.ts';

/** The repositories that a git credential is for: those of one host, or those below one path on it. */
export interface GitAudience {
  /** As in URLs: lower case, IPv6 in brackets; without a trailing dot. */
  readonly host: string;
  /** Undefined for the standard port of the scheme. */
  readonly port: number | undefined;
  /** Segments, the last one without `.git`; empty for the whole host. */
  readonly path: readonly string[];
}

/**
 * Parses `host[:port][/path]`, as operators write it.
 * @param what names the value in errors: a setting, a line of a file
 * @throws SettingInvalid
 */
export function parseGitAudience(what: string, text: string): GitAudience {
  const [, host = '', path = ''] =
    /^([A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?)(\/.*)?$/.exec(text) ?? [];
  const segments = path.replace(/\/$/, '').split('/').slice(1);
  const isPath = segments.every((segment) => /^[A-Za-z0-9._~+-]+$/.test(segment) && !/^\.+$/.test(segment));
  if (host !== '' && isPath && URL.canParse(`https://${host}`)) return audienceAt(new URL(`https://${host}`), segments);
  throw new TwinhullError('SettingInvalid', `${what} is not a git host, with or without a path`, {
    hint: 'write host, host:port or host/path, such as github.com/acme: no https://, no user name',
  });
}

/** All repositories on the host of this URL. */
export function hostAudience(url: string): GitAudience {
  return audienceAt(new URL(url), []);
}

/** `host[:port][/path]` in its canonical form. */
export function formatGitAudience({ host, port, path }: GitAudience): string {
  return [port === undefined ? host : `${host}:${port}`, ...path].join('/');
}

/**
 * Whether a credential for this audience may be sent to the server of `repository`, an http(s) URL: the host and the
 * port are the same, and the path begins with the same whole segments, letter case included.
 */
export function isInAudience({ host, port, path }: GitAudience, repository: string): boolean {
  const url = new URL(repository);
  const target = audienceAt(url, url.pathname.split('/').slice(1));
  if (target.host !== host || target.port !== port) return false;
  const last = path.length - 1;
  return path.every((segment, index) => {
    const given = target.path[index];
    return given === segment || (index === last && given === `${segment}.git`);
  });
}

/** The candidate with the longest path that covers this repository. */
export function mostSpecific<T extends { readonly audience: GitAudience }>(
  candidates: readonly T[],
  repository: string,
): T | undefined {
  return candidates
    .filter(({ audience }) => isInAudience(audience, repository))
    .reduce<T | undefined>((best, one) => {
      return best === undefined || one.audience.path.length > best.audience.path.length ? one : best;
    }, undefined);
}

function audienceAt(url: URL, segments: readonly string[]): GitAudience {
  const path = segments.map((segment, index) =>
    index === segments.length - 1 ? segment.replace(/\.git$/, '') : segment,
  );
  return { host: url.hostname.replace(/\.$/, ''), port: portOf(url), path };
}

/** URLs omit the standard port of their own scheme; an audience has no scheme, so port 80 is explicit. */
function portOf({ protocol, port }: URL): number | undefined {
  if (port !== '') return Number(port);
  return protocol === 'http:' ? 80 : undefined;
}

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
