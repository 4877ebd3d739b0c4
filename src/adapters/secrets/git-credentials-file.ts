import { type GitCredential, hostAudience, parseGitAudience } from '../../domain/git-audience.ts';
import { readCredentialUrls } from './credential-urls.ts';

const file = {
  setting: 'TWINHULL_GIT_CREDENTIALS_FILE',
  what: 'a git server with user name and token',
  form: 'https://user:token@host[:port][/path]',
};

/** The tokens of several git servers, each for all below its path. @throws SettingInvalid */
export async function readGitCredentials(path: string): Promise<readonly GitCredential[]> {
  return await readCredentialUrls(path, file, ({ url, username, password: token, where }) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(username) || !/^[\x21-\x7e]+$/.test(token)) return undefined;
    const audience = { ...hostAudience(url.href), path: parseGitAudience(where, `host${url.pathname}`).path };
    return { audience, username, token };
  });
}
