import type { Clock } from '../../../ports/clock.ts';
import type { EcrApi, EcrLogin } from './ecr-api.ts';

/** Milliseconds. ECR's logins are valid for twelve hours; one that expires within this time is no longer handed out. */
const margin = 30 * 60_000;
/** Milliseconds. The minimum, even if a new login appears to expire sooner: this machine's clock may be wrong. */
const shortestUse = 5 * 60_000;

/** One login for all repositories of a region, fetched on first use and renewed before it expires. */
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
   * @param refused a login that was rejected before it expired: a permission was revoked, or granted again
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
