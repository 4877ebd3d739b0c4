import type { RegistryCredentials } from '../../ports/secret-source.ts';
import { type CredentialUrl, readCredentialUrls } from './credential-urls.ts';

const file = {
  setting: 'TWINHULL_REGISTRY_CREDENTIALS_FILE',
  what: 'a registry with user name and password',
  form: 'https://user:password@host[:port]',
};

/**
 * The login for one registry. Its file is read for each use, because logins may be replaced while the service runs.
 * @throws SettingInvalid
 */
export async function readRegistryCredentials(path: string, host: string): Promise<RegistryCredentials | undefined> {
  const logins = await readCredentialUrls(path, file, loginOf);
  return logins.find((login) => login.host === host.toLowerCase())?.credentials;
}

function loginOf({ url, line, username, password }: CredentialUrl) {
  if (url.pathname !== '/' || !/^[\x21-\x39\x3b-\x7e]+$/.test(username) || !/^[\x21-\x7e]+$/.test(password))
    return undefined;
  // A URL omits the standard port, but a registry's name includes it where it is written.
  const host = /@([^/]+)/.exec(line.slice(line.lastIndexOf('@')))?.[1]?.toLowerCase() ?? url.host;
  return { host, credentials: { username, password } };
}
