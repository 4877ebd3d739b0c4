import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Reporter } from '../../ports/reporter.ts';

/** What kind of trouble an error is. Messages of one trouble can differ, for example in a port or a request id. */
export function kindOfTrouble(error: unknown): string {
  return TwinhullError.is(error) ? error.code : reasonOf(error);
}

/** Warns once per trouble with an activity that is repeated, until it succeeds again. */
export class TroubleReporter {
  readonly #reporter: Reporter;
  readonly #troubles = new Map<string, string>();

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  failed(activity: string, text: string, error: unknown): void {
    const kind = kindOfTrouble(error);
    if (this.#troubles.get(activity) === kind) return;
    this.#troubles.set(activity, kind);
    this.#reporter.warning(`${text}: ${reasonOf(error)}`, error);
  }

  succeeded(activity: string): void {
    this.#troubles.delete(activity);
  }
}
