import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import {
  formatGitAudience,
  type GitAudience,
  type GitCredential,
  mostSpecific,
  usernameFor,
} from '../../domain/git-audience.ts';
import { readGitCredentials } from './git-credentials-file.ts';
import { readToken } from './secret-file.ts';

/** The git token or tokens, and what each is for. */
export interface GitCredentialOptions {
  readonly tokenFile?: string | undefined;
  /** The hosts or URLs that the token is for. */
  readonly audience?: GitAudience | undefined;
  /** @default the user name that the host expects */
  readonly username?: string | undefined;
  readonly credentialsFile?: string | undefined;
}

/**
 * The credential for a repository, read for each call.
 * @throws SettingInvalid when a file cannot be read, or a token is set without its host
 */
export async function gitCredentialFor(
  repository: string,
  options: GitCredentialOptions,
): Promise<GitCredential | undefined> {
  return mostSpecific(await readAllGitCredentials(options), repository);
}

/** @throws SettingInvalid likewise, or when two are for the same audience */
export async function readAllGitCredentials(options: GitCredentialOptions): Promise<readonly GitCredential[]> {
  const { credentialsFile } = options;
  const fromToken = await tokenCredential(options);
  const listed = credentialsFile === undefined ? [] : await readGitCredentials(credentialsFile);
  const all = [...fromToken, ...listed];
  const audiences = all.map(({ audience }) => formatGitAudience(audience));
  const twice = audiences.find((audience, index) => audiences.indexOf(audience) !== index);
  if (twice === undefined) return all;
  throw new TwinhullError('SettingInvalid', `there are two git credentials for ${twice}`, {
    hint: 'leave one of them in TWINHULL_GIT_CREDENTIALS_FILE, or in TWINHULL_GIT_TOKEN_FILE',
  });
}

async function tokenCredential({ tokenFile, audience, username }: GitCredentialOptions): Promise<GitCredential[]> {
  if (tokenFile === undefined) return [];
  const token = await readToken('TWINHULL_GIT_TOKEN_FILE', tokenFile);
  if (audience !== undefined) return [{ audience, username: username ?? usernameFor(audience.host), token }];
  throw new TwinhullError(
    'SettingInvalid',
    'TWINHULL_GIT_TOKEN_FILE is set, but not the git server that the token is for: it is sent to none',
    {
      hint: 'set TWINHULL_GIT_HOST to the host that the token is for, such as github.com (or set TWINHULL_REPOSITORY)',
    },
  );
}
