import type { Build } from '../../domain/build.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Notifier, NotifyOutcome } from '../../ports/notifier.ts';
import { type CommitStatusOptions, commitStatus } from './commit-status.ts';
import type { GitHubAnswer, GitHubApi } from './github-api.ts';
import { gitHubFailure } from './github-failure.ts';
import { type GitHubRepository, gitHubRepository, repositoryPath } from './github-repository.ts';

export interface GitHubNotifierOptions extends CommitStatusOptions {
  readonly api: GitHubApi;
  /** `host[:port]` of the repositories that the API knows. */
  readonly host: string;
  /** A token that may write statuses there. Ends soon when `signal` aborts. @throws SettingInvalid, GitHubRefused, GitHubUnreachable */
  readonly token: (repository: GitHubRepository, signal: AbortSignal) => Promise<string>;
  /** Has the next token be a new one; undefined where there is only one. */
  readonly renew?: (() => void) | undefined;
  readonly clock: Clock;
}

/** Shows beside a commit at GitHub how its build stands. */
export class GitHubNotifier implements Notifier {
  readonly name = 'github-statuses';
  /** https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests */
  readonly pace = 1_000;
  readonly #options: GitHubNotifierOptions;

  constructor(options: GitHubNotifierOptions) {
    this.#options = options;
  }

  concerns({ repository }: Pick<Build, 'repository'>): boolean {
    return gitHubRepository(repository, this.#options.host) !== undefined;
  }

  async tell(build: Build, signal: AbortSignal): Promise<NotifyOutcome> {
    const { host, clock, renew } = this.#options;
    const repository = gitHubRepository(build.repository, host);
    if (repository === undefined) return { outcome: 'told' };
    try {
      let answer = await this.#post(build, repository, signal);
      if (answer.status === 401 && renew !== undefined) {
        renew();
        answer = await this.#post(build, repository, signal);
      }
      if (answer.status >= 200 && answer.status < 300) return { outcome: 'told' };
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

/** Whether the status was in vain or a token for it, GitHub may have said when to come again. */
function outcomeOf(error: unknown): NotifyOutcome {
  if (TwinhullError.is(error, 'GitHubRefused')) return { outcome: 'refused', error };
  return { outcome: 'later', error, after: TwinhullError.is(error) ? error.after : undefined };
}

function hintFor(status: number): string | undefined {
  if (status === 401) return 'put a token that is valid into TWINHULL_GITHUB_TOKEN_FILE';
  if (status === 403 || status === 404)
    return 'let the token, or the App, write commit statuses of this repository (Commit statuses: write)';
  if (status === 422) return 'is the commit still there? GitHub also takes no more than 1,000 statuses of one context';
  return undefined;
}
