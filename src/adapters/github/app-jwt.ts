import githubAppJwt from 'universal-github-app-jwt';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';

/** A GitHub App and its private key. */
export interface GitHubApp {
  readonly id: number;
  /** Path of the private key, for errors. */
  readonly keyFile: string;
  /** Reads the key, PEM, again for each token. @throws SettingInvalid */
  readonly readKey: () => Promise<string>;
}

/**
 * The token by which an App authenticates, valid for less than ten minutes:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 *
 * @throws SettingInvalid when the key cannot be used; without the cause, which may reveal part of the key
 */
export async function appJwt({ id, keyFile, readKey }: GitHubApp, clock: Clock): Promise<string> {
  const privateKey = await readKey();
  try {
    const { token } = await githubAppJwt({ id, privateKey, now: Math.floor(clock.now() / 1000) });
    return token;
  } catch {
    throw new TwinhullError('SettingInvalid', `TWINHULL_GITHUB_APP_KEY_FILE ${keyFile} contains no usable key`, {
      hint: 'the file must be the private key as GitHub gives it: PEM that begins with -----BEGIN RSA PRIVATE KEY-----',
    });
  }
}
