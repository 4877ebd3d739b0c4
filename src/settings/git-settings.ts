import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { type GitAudience, hostAudience, parseGitAudience, usernameFor } from '../domain/git-audience.ts';
import { parseSecretKey, parseStoredSecretId } from '../domain/stored-secret.ts';
import type { SettingName } from './setting-catalogue.ts';

/** Git credentials and the servers that they are for. */
export interface GitSettings {
  readonly tokenFile: string | undefined;
  /** The host of that token; undefined when neither TWINHULL_GIT_HOST nor TWINHULL_REPOSITORY names it. */
  readonly audience: GitAudience | undefined;
  /** Undefined where the host determines it. */
  readonly username: string | undefined;
  /** Further credentials, in the format of git's own store. */
  readonly credentialsFile: string | undefined;
}

/** A secret in Secrets Manager, which only jobs read. */
export interface GitSecret {
  readonly id: string;
  /** Key of the token, if the secret is a JSON object. */
  readonly key: string | undefined;
  /** Undefined where the secret itself must name its host. */
  readonly audience: GitAudience | undefined;
  /** Sent with the token. */
  readonly username: string | undefined;
  /** The setting that names it. */
  readonly setting: SettingName;
}

/** Reads settings: `text` as they are, `file` as the path of a file. */
export interface GitSettingReader {
  readonly text: (name: SettingName) => string | undefined;
  readonly file: (name: SettingName) => string | undefined;
}

/** @throws SettingInvalid */
export function gitSettings({ text, file }: GitSettingReader): GitSettings {
  const named = text('TWINHULL_GIT_HOST');
  const audience =
    named === undefined ? hostOf(text('TWINHULL_REPOSITORY')) : parseGitAudience('TWINHULL_GIT_HOST', named);
  return {
    tokenFile: file('TWINHULL_GIT_TOKEN_FILE'),
    audience,
    username: usernameOf(text('TWINHULL_GIT_USERNAME')),
    credentialsFile: file('TWINHULL_GIT_CREDENTIALS_FILE'),
  };
}

/**
 * Every secret that holds a git token.
 * @param audience of the token that TWINHULL_GIT_HOST binds
 * @param pairs `TWINHULL_GIT_SECRETS`, as `host[:port][/path]` and id
 * @throws SettingInvalid
 */
export function gitSecrets(
  text: GitSettingReader['text'],
  pairs: ReadonlyMap<string, string>,
  audience: GitAudience | undefined,
): readonly GitSecret[] {
  const keyText = text('TWINHULL_GIT_SECRET_KEY');
  const key = keyText && parseSecretKey('TWINHULL_GIT_SECRET_KEY', keyText);
  const idText = text('BUILD_GIT_SECRET_ARN');
  const id = idText && parseStoredSecretId('BUILD_GIT_SECRET_ARN', idText);
  const further = [...pairs].map(([host, named]): GitSecret => {
    const own = parseGitAudience('a host of TWINHULL_GIT_SECRETS', host);
    return { id: named, key, audience: own, username: usernameFor(own.host), setting: 'TWINHULL_GIT_SECRETS' };
  });
  if (id === undefined) return further;
  const username = usernameOf(text('TWINHULL_GIT_USERNAME')) ?? (audience && usernameFor(audience.host));
  return [...further, { id, key, audience, username, setting: 'BUILD_GIT_SECRET_ARN' }];
}

/** An invalid address is reported when it is used. */
function hostOf(repository: string | undefined): GitAudience | undefined {
  if (repository === undefined || !URL.canParse(repository)) return undefined;
  return /^https?:$/.test(new URL(repository).protocol) ? hostAudience(repository) : undefined;
}

function usernameOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)) return text;
  throw new TwinhullError('SettingInvalid', 'TWINHULL_GIT_USERNAME is not a user name of letters, digits and . _ -', {
    hint: 'give the name that the git server expects beside a token: docs/settings.md lists them',
  });
}
