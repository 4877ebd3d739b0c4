import type { Clock } from '../../ports/clock.ts';
import type { EcrApi, EcrLogin } from './ecr-api.ts';

/** Milliseconds. ECR's logins last twelve hours; one that ends within this time is not handed out any more. */
const margin = 30 * 60_000;
/** Milliseconds. However soon a fresh one seems to end: the clock of this machine may be wrong. */
const shortestUse = 5 * 60_000;

/** One login for all of a region's repositories, got when first asked for, and anew before it ends. */
export class EcrLoginCache {
  readonly #api: Pick<EcrApi, 'login'>;
  readonly #clock: Clock;
  #current: EcrLogin | undefined;
  #pending: Promise<EcrLogin> | undefined;

  constructor(api: Pick<EcrApi, 'login'>, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /**
   * `expiresAt` is when to ask again.
   *
   * @param refused one that did not do, though its time has not come: somebody took the permission, or gave it anew
   * @throws RegistryAccessDenied, RegistryUnreachable
   */
  get(refused?: Pick<EcrLogin, 'password'>): Promise<EcrLogin> {
    if (refused !== undefined && refused.password === this.#current?.password) this.#current = undefined;
    const current = this.#current;
    if (current !== undefined && current.expiresAt > this.#clock.now()) return Promise.resolve(current);
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #renew(): Promise<EcrLogin> {
    const login = await this.#api.login();
    const expiresAt = Math.max(login.expiresAt - margin, this.#clock.now() + shortestUse);
    this.#current = { ...login, expiresAt };
    return this.#current;
  }
}
