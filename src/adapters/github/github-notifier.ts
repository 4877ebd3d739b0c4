import type { Build } from '../../domain/build.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Notifier, NotifyOutcome } from '../../ports/notifier.ts';
import { type CommitStatusOptions, commitStatus } from './commit-status.ts';
import type { GitHubAnswer, GitHubApi } from './github-api.ts';
import { gitHubFailure } from './github-errors.ts';
import { type GitHubRepository, gitHubRepository, repositoryPath } from './github-repository.ts';

/** Which commits get statuses, and how. */
export interface GitHubNotifierOptions extends CommitStatusOptions {
  readonly api: GitHubApi;
  /** `host[:port]` of the repositories that the API knows. */
  readonly host: string;
  /**
   * A token that may write statuses there. Ends soon after `signal` aborts.
   * @throws SettingInvalid, GitHubRefused, GitHubUnreachable
   */
  readonly token: (repository: GitHubRepository, signal: AbortSignal) => Promise<string>;
  /** Discards the current token, so that a new one is fetched; undefined where there is only one. */
  readonly renew?: (() => void) | undefined;
  readonly clock: Clock;
}

/** Shows the state of a build beside its commit on GitHub. */
export class GitHubNotifier implements Notifier {
  readonly name = 'github-statuses';
  /** https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests */
  readonly minimumInterval = 1_000;
  readonly #options: GitHubNotifierOptions;

  constructor(options: GitHubNotifierOptions) {
    this.#options = options;
  }

  concerns({ repository }: Pick<Build, 'repository'>): boolean {
    return gitHubRepository(repository, this.#options.host) !== undefined;
  }

  async notify(build: Build, signal: AbortSignal): Promise<NotifyOutcome> {
    const { host, clock, renew } = this.#options;
    const repository = gitHubRepository(build.repository, host);
    if (repository === undefined) return { outcome: 'delivered' };
    try {
      let answer = await this.#post(build, repository, signal);
      if (answer.status === 401 && renew !== undefined) {
        renew();
        answer = await this.#post(build, repository, signal);
      }
      if (answer.status >= 200 && answer.status < 300) return { outcome: 'delivered' };
      const doing = `set the status of ${build.commit} in ${repository.owner}/${repository.name}`;
      return outcomeOf(gitHubFailure(doing, answer, clock.now(), hintFor(answer.status)));
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async #post(build: Build, repository: GitHubRepository, signal: AbortSignal): Promise<GitHubAnswer> {
    const { api, token } = this.#options;
    return api.call({
      method: 'POST',
      path: `${repositoryPath(repository)}/statuses/${build.commit}`,
      token: await token(repository, signal),
      body: commitStatus(build, this.#options),
      signal,
    });
  }
}

/** For a status or a token that failed, GitHub may have named the time of the next try. */
function outcomeOf(error: unknown): NotifyOutcome {
  if (TwinhullError.is(error, 'GitHubRefused')) return { outcome: 'refused', error };
  return { outcome: 'later', error, after: TwinhullError.is(error) ? error.after : undefined };
}

function hintFor(status: number): string | undefined {
  if (status === 401) return 'put a valid token into TWINHULL_GITHUB_TOKEN_FILE';
  if (status === 403 || status === 404)
    return 'allow the token, or the App, to write commit statuses of this repository (Commit statuses: write)';
  if (status === 422) return 'check that the commit still exists, and has fewer than 1,000 statuses of this context';
  return undefined;
}
