import githubAppJwt from 'universal-github-app-jwt';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';

export interface GitHubApp {
  readonly id: number;
  /** Path of the private key, for errors. */
  readonly keyFile: string;
  /** The key itself, PEM, read anew each time. @throws SettingInvalid */
  readonly readKey: () => Promise<string>;
}

/**
 * By which an App says who it is, for less than ten minutes:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 *
 * @throws SettingInvalid when the key cannot be used; what broke is not passed on, for it may show of the key
 */
export async function appJwt({ id, keyFile, readKey }: GitHubApp, clock: Clock): Promise<string> {
  const privateKey = await readKey();
  try {
    const { token } = await githubAppJwt({ id, privateKey, now: Math.floor(clock.now() / 1000) });
    return token;
  } catch {
    throw new TwinhullError('SettingInvalid', `TWINHULL_GITHUB_APP_KEY_FILE ${keyFile} holds no key that can be used`, {
      hint: 'the file must be the private key as GitHub gives it: PEM that begins with -----BEGIN RSA PRIVATE KEY-----',
    });
  }
}
