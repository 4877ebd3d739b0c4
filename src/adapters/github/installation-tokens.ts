import * as z from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { withRetries } from '../../domain/retry.ts';
import type { Clock } from '../../ports/clock.ts';
import { appJwt, type GitHubApp } from './app-jwt.ts';
import type { GitHubAnswer, GitHubApi, GitHubRequest } from './github-api.ts';
import { gitHubFailure, passing } from './github-errors.ts';
import { type GitHubRepository, repositoryPath } from './github-repository.ts';

/**
 * A token's only permissions in its repository:
 * https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 */
export type TokenPermissions = Readonly<Partial<Record<'contents' | 'statuses', 'read' | 'write'>>>;

/** Whose tokens to request. GitHub limits their life to an hour. */
export interface InstallationTokensOptions {
  readonly api: GitHubApi;
  readonly app: GitHubApp;
  /** Undefined to ask GitHub which installation has the repository. */
  readonly installationId: number | undefined;
  readonly clock: Clock;
}

interface KnownToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** Milliseconds. Tokens are valid for an hour; the caller gets at least this long to use one. */
const margin = 5 * 60_000;
/** Milliseconds: how long requests are retried while GitHub does not respond. */
const patience = 20_000;
const pauses = { first: 500, longest: patience };

const installation = z.object({ id: z.number().int() });
/** Of no fixed length or form: GitHub has changed both. */
const accessToken = z.object({ token: z.string().regex(/^[\x21-\x7e]+$/), expires_at: z.iso.datetime() });

/**
 * Tokens of a GitHub App's installation, each for one repository and the requested permissions:
 * https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app. Kept in memory alone.
 */
export class InstallationTokens {
  readonly #options: InstallationTokensOptions;
  readonly #tokens = new Map<string, Promise<KnownToken>>();

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
    const made = this.#make(repository, permissions, signal);
    this.#tokens.set(key, made);
    return (await made).token;
  }

  /** Makes the next call fetch new tokens: GitHub no longer accepts these. */
  forget(): void {
    this.#tokens.clear();
  }

  async #make(
    repository: GitHubRepository,
    permissions: TokenPermissions,
    signal: AbortSignal | undefined,
  ): Promise<KnownToken> {
    const jwt = await appJwt(this.#options.app, this.#options.clock);
    const id = this.#options.installationId ?? (await this.#findInstallation(repository, jwt, signal));
    const doing = `get a token for ${repository.owner}/${repository.name} as GitHub App ${String(this.#options.app.id)}`;
    const answer = await this.#ask(doing, {
      method: 'POST',
      path: `/app/installations/${String(id)}/access_tokens`,
      token: jwt,
      body: { repositories: [repository.name], permissions },
      signal,
    });
    const { token, expires_at } = parse(accessToken, doing, answer);
    return { token, expiresAt: Date.parse(expires_at) };
  }

  async #findInstallation(repository: GitHubRepository, jwt: string, signal: AbortSignal | undefined): Promise<number> {
    const doing = `find where GitHub App ${String(this.#options.app.id)} is installed for ${repository.owner}/${repository.name}`;
    const path = `${repositoryPath(repository)}/installation`;
    return parse(installation, doing, await this.#ask(doing, { method: 'GET', path, token: jwt, signal })).id;
  }

  /** Retries until a response is no transient failure, `patience` has passed, or the request's signal aborts. */
  async #ask(doing: string, request: GitHubRequest): Promise<GitHubAnswer> {
    const { api, clock } = this.#options;
    const answer = await withRetries(() => api.call(request), {
      ...{ clock, pauses, signal: request.signal, mostTries: Number.POSITIVE_INFINITY, budget: patience },
      isPassing: (outcome) =>
        'error' in outcome
          ? TwinhullError.is(outcome.error, 'GitHubUnreachable')
          : passing(outcome.value, clock.now()) !== undefined,
      askedPause: (outcome, now) => ('value' in outcome ? passing(outcome.value, now)?.after : undefined),
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw gitHubFailure(doing, answer, clock.now(), hintFor(answer.status));
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

function hintFor(status: number): string | undefined {
  if (status === 401)
    return 'check TWINHULL_GITHUB_APP_ID, that the key belongs to this App, and the clock of this machine';
  if (status === 404) return 'install the App for this repository, or correct TWINHULL_GITHUB_APP_INSTALLATION_ID';
  if (status === 422 || status === 403)
    return 'give the App the permissions Contents: read and Commit statuses: write, and accept them for its installation';
  return undefined;
}

function parse<T>(schema: z.ZodType<T>, doing: string, { json }: GitHubAnswer): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  // Without the response's content, which may be a token.
  throw new TwinhullError('GitHubUnreachable', `cannot ${doing}: GitHub's response has an unexpected form`);
}
