import type { PhaseMark } from '../../builder/contract.ts';

/** Measures phases by the clock of the host on which they ran. */
export class PhaseStopwatch {
  readonly #begun = new Map<string, number>();

  /** Seconds since the phase began, for the mark that ends it. */
  measure(mark: PhaseMark): number | undefined {
    if (mark.verb !== 'begin' && mark.verb !== 'end') return undefined;
    const key = `${mark.phase} ${mark.image ?? ''}`;
    const begun = this.#begun.get(key);
    if (mark.verb === 'begin') this.#begun.set(key, mark.uptime);
    return mark.verb === 'end' && begun !== undefined ? mark.uptime - begun : undefined;
  }
}
