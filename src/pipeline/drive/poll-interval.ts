/** How often the driver polls, in milliseconds. */
export interface PollIntervals {
  /** Between two polls of the store, and of the jobs of a build that changed recently. */
  readonly intervalMilliseconds: number;
  /** The longest time between two polls of the jobs of an unchanging build. @default intervalMilliseconds */
  readonly quietIntervalMilliseconds?: number | undefined;
  /** The same while the backend reports changes. @default quietIntervalMilliseconds */
  readonly intervalWithEventsMilliseconds?: number | undefined;
}

/** The delay in noticing a change is at most this share of the quiet time before it. */
const lateness = 1 / 4;

/**
 * Time from one poll of a build's jobs to the next: short after a change, then growing with the quiet time, up to a
 * bound. Pure.
 *
 * @param quiet time since the last change, in milliseconds
 * @param eventsAvailable whether the backend is reporting changes: polls then only catch those that it misses
 */
export function pollInterval(quiet: number, eventsAvailable: boolean, pollIntervals: PollIntervals): number {
  const { intervalMilliseconds: base, quietIntervalMilliseconds: withoutEvents = base } = pollIntervals;
  const { intervalWithEventsMilliseconds: withEvents = withoutEvents } = pollIntervals;
  return Math.max(base, Math.min(eventsAvailable ? withEvents : withoutEvents, quiet * lateness));
}
