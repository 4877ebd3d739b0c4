/** How often the driver looks, in milliseconds. */
export interface Rhythm {
  /** Between two looks at the store, and at the jobs of a build that changed lately. */
  readonly intervalMilliseconds: number;
  /** The longest between two looks at the jobs of a build in which nothing happens. @default intervalMilliseconds */
  readonly quietIntervalMilliseconds?: number | undefined;
  /** The same while the backend tells of changes by itself. @default quietIntervalMilliseconds */
  readonly heardIntervalMilliseconds?: number | undefined;
}

/** A change is noticed late by at most this share of the time for which nothing had changed before it. */
const lateness = 1 / 4;

/**
 * How long after a look at a build's jobs the next one is due: soon after a change, and the later the longer nothing
 * has changed, up to a bound. Pure.
 *
 * @param quiet for how long nothing has changed, in milliseconds
 * @param hears whether the backend tells of changes now: then looks are only there for those that it misses
 */
export function lookInterval(quiet: number, hears: boolean, rhythm: Rhythm): number {
  const { intervalMilliseconds: base, quietIntervalMilliseconds: unheard = base } = rhythm;
  const { heardIntervalMilliseconds: heard = unheard } = rhythm;
  return Math.max(base, Math.min(hears ? heard : unheard, quiet * lateness));
}
