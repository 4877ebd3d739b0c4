import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type GitCredential, hostAudience, parseGitAudience } from '../../domain/git-audience.ts';
import { isLoopback } from '../../domain/loopback.ts';
import { readSecretFile } from './secret-file.ts';

const setting = 'TWINHULL_GIT_CREDENTIALS_FILE';

/**
 * Credentials in the format of `git credential-store`: https://git-scm.com/docs/git-credential-store#_storage_format
 * @throws SettingInvalid with the number of the line, never its text
 */
export async function readGitCredentials(file: string): Promise<readonly GitCredential[]> {
  const lines = (await readSecretFile(setting, file)).toString('utf8').split('\n');
  return lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [credentialOf(line.trim(), `line ${index + 1} of ${setting} ${file}`)],
  );
}

function credentialOf(line: string, where: string): GitCredential {
  const url = URL.canParse(line) ? new URL(line) : undefined;
  if (url === undefined || !isSafe(url) || url.search !== '' || url.hash !== '') throw unusable(where);
  const username = decoded(url.username, where);
  const token = decoded(url.password, where);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(username) || !/^[\x21-\x7e]+$/.test(token)) throw unusable(where);
  const { path } = parseGitAudience(where, `host${url.pathname}`);
  return { audience: { ...hostAudience(url.href), path }, username, token };
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function decoded(text: string, where: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable(where);
  }
}

function unusable(where: string): TwinhullError {
  return new TwinhullError('SettingInvalid', `${where} is not the https URL of a git server with user name and token`, {
    hint: 'write https://user:token@host[:port][/path] on a line, special characters percent-encoded (/ as %2F, @ as %40)',
  });
}
