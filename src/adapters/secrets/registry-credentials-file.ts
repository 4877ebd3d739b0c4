import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { isLoopback } from '../../domain/loopback.ts';
import type { RegistryCredentials } from '../../ports/secret-source.ts';
import { readSecretFile } from './secret-file.ts';

const setting = 'TWINHULL_REGISTRY_CREDENTIALS_FILE';

/**
 * The login for one registry, from a file in the format of `git credential-store`: `https://user:password@host[:port]`.
 * Read for each use, because logins may be replaced while the service runs.
 * @throws SettingInvalid with the number of the line, never its text
 */
export async function readRegistryCredentials(file: string, host: string): Promise<RegistryCredentials | undefined> {
  const lines = (await readSecretFile(setting, file)).toString('utf8').split('\n');
  const logins = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [loginOf(line.trim(), `line ${String(index + 1)} of ${setting} ${file}`)],
  );
  return logins.find((login) => login.host === host.toLowerCase())?.credentials;
}

function loginOf(line: string, where: string): { readonly host: string; readonly credentials: RegistryCredentials } {
  const url = URL.canParse(line) ? new URL(line) : undefined;
  const isBare = url?.pathname === '/' && url.search === '' && url.hash === '';
  if (!isBare || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
    throw unusable(where);
  const [username, password] = [decoded(url.username, where), decoded(url.password, where)];
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(username) || !/^[\x21-\x7e]+$/.test(password)) throw unusable(where);
  // A URL omits the standard port, but a registry's name includes it where it is written.
  const host = /@([^/]+)/.exec(line.slice(line.lastIndexOf('@')))?.[1]?.toLowerCase() ?? url.host;
  return { host, credentials: { username, password } };
}

function decoded(text: string, where: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable(where);
  }
}

function unusable(where: string): TwinhullError {
  return new TwinhullError(
    'SettingInvalid',
    `${where} is not the https URL of a registry with user name and password`,
    {
      hint: 'write https://user:password@host[:port] on a line, special characters percent-encoded (/ as %2F, @ as %40)',
    },
  );
}
