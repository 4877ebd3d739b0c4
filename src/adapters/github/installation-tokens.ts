import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { appJwt } from './app-jwt.ts';
import type { GitHubRepository } from './github-repository.ts';
import {
  type InstallationTokensOptions,
  type IssuedToken,
  requestToken,
  type TokenPermissions,
} from './request-token.ts';

/** Milliseconds. Tokens are valid for an hour; the caller gets at least this long to use one. */
const margin = 5 * 60_000;
/**
 * Tokens of a GitHub App's installation, each for one repository and the requested permissions:
 * https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app. Kept in memory alone.
 */
export class InstallationTokens {
  readonly #options: InstallationTokensOptions;
  readonly #tokens = new Map<string, Promise<IssuedToken>>();

  constructor(options: InstallationTokensOptions) {
    this.#options = options;
  }

  /** Checks that the App's key can be read and used. @throws SettingInvalid */
  async check(): Promise<void> {
    await appJwt(this.#options.app, this.#options.clock);
  }

  /**
   * A token that is valid for at least five minutes. Concurrent callers for the same token share one request; if it
   * fails, even by the `signal` of the first caller, each sends its own.
   * @throws SettingInvalid, GitHubRefused, GitHubUnreachable, the last also soon after `signal` aborts
   */
  async token(repository: GitHubRepository, permissions: TokenPermissions, signal?: AbortSignal): Promise<string> {
    const key = JSON.stringify([repository.owner, repository.name, permissions]);
    const pending = this.#tokens.get(key);
    const known = pending === undefined ? undefined : await unlessAborted(pending, signal);
    if (known !== undefined && known.expiresAt - margin > this.#options.clock.now()) return known.token;
    if (signal?.aborted) {
      const { owner, name } = repository;
      throw new TwinhullError('GitHubUnreachable', `no token for ${owner}/${name}: the request was cancelled`);
    }
    const made = requestToken({ repository, permissions, signal }, this.#options);
    this.#tokens.set(key, made);
    return (await made).token;
  }

  /** Makes the next call fetch new tokens: GitHub no longer accepts these. */
  forget(): void {
    this.#tokens.clear();
  }
}

/** The value of `pending`; undefined if it fails, or `signal` aborts first. */
function unlessAborted<T>(pending: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  return new Promise((resolve) => {
    const leave = (): void => resolve(undefined);
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
    void pending.then(resolve, leave).finally(() => signal?.removeEventListener('abort', leave));
  });
}
