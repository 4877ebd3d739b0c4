import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { EcrApi, EcrRepository } from './ecr-api.ts';

/** Milliseconds to cache a description: enough for all tags of a build, while a changed setting soon takes effect. */
const freshness = 60_000;

/** ECR's description of one repository, requested at most once a minute. */
export class RepositoryDescription {
  readonly #name: string;
  readonly #api: Pick<EcrApi, 'describeRepository'>;
  readonly #clock: Clock;
  #answer: Promise<EcrRepository | undefined> | undefined;
  #staleAt = 0;

  constructor(name: string, api: Pick<EcrApi, 'describeRepository'>, clock: Clock) {
    this.#name = name;
    this.#api = api;
    this.#clock = clock;
  }

  /**
   * Undefined without the permission to describe it: pushing and pulling images does not need that.
   * @throws RegistryRefused when there is no such repository
   * @throws RegistryUnreachable
   */
  get(): Promise<EcrRepository | undefined> {
    if (this.#answer !== undefined && this.#clock.now() < this.#staleAt) return this.#answer;
    const answer = this.#ask();
    this.#answer = answer;
    this.#staleAt = this.#clock.now() + freshness;
    answer.catch(() => {
      if (this.#answer === answer) this.#answer = undefined;
    });
    return answer;
  }

  async #ask(): Promise<EcrRepository | undefined> {
    try {
      return await this.#api.describeRepository(this.#name);
    } catch (error) {
      if (TwinhullError.is(error, 'RegistryAccessDenied')) return undefined;
      throw error;
    }
  }
}
