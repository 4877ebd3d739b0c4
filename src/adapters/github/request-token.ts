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

/** A token to request. */
export interface TokenRequest {
  readonly repository: GitHubRepository;
  readonly permissions: TokenPermissions;
  readonly signal: AbortSignal | undefined;
}

/** A token as GitHub issued it; `expiresAt` in milliseconds. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** Milliseconds: how long requests are retried while GitHub does not respond. */
const patience = 20_000;
const pauses = { first: 500, longest: patience };

const installation = z.object({ id: z.number().int() });
/** Of no fixed length or form: GitHub has changed both. */
const accessToken = z.object({ token: z.string().regex(/^[\x21-\x7e]+$/), expires_at: z.iso.datetime() });

/**
 * Requests a new token: signs the App's own, and finds the installation where the options do not name it.
 * @throws SettingInvalid, GitHubRefused, GitHubUnreachable
 */
export async function requestToken(
  { repository, permissions, signal }: TokenRequest,
  options: InstallationTokensOptions,
): Promise<IssuedToken> {
  const { app } = options;
  const jwt = await appJwt(app, options.clock);
  const id = options.installationId ?? (await findInstallation(repository, jwt, options, signal));
  const doing = `get a token for ${repository.owner}/${repository.name} as GitHub App ${String(app.id)}`;
  const answer = await ask(doing, options, {
    method: 'POST',
    path: `/app/installations/${String(id)}/access_tokens`,
    token: jwt,
    body: { repositories: [repository.name], permissions },
    signal,
  });
  const { token, expires_at } = parse(accessToken, doing, answer);
  return { token, expiresAt: Date.parse(expires_at) };
}

async function findInstallation(
  repository: GitHubRepository,
  jwt: string,
  options: InstallationTokensOptions,
  signal: AbortSignal | undefined,
): Promise<number> {
  const doing = `find where GitHub App ${String(options.app.id)} is installed for ${repository.owner}/${repository.name}`;
  const path = `${repositoryPath(repository)}/installation`;
  return parse(installation, doing, await ask(doing, options, { method: 'GET', path, token: jwt, signal })).id;
}

/** Retries until a response is no transient failure, `patience` has passed, or the request's signal aborts. */
async function ask(
  doing: string,
  { api, clock }: InstallationTokensOptions,
  request: GitHubRequest,
): Promise<GitHubAnswer> {
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
