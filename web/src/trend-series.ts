import type { Platform, Trend } from './api.ts';

export type Stage = Trend['stage'];

/** What can be charted: a job's run, its wait, and the phases of its run in their order. */
export const stages: readonly Stage[] = [
  'running',
  'waiting',
  'tools',
  'engine',
  'secret',
  'clone',
  'checkout',
  'login',
  'build',
  'verify',
  'push',
  'cleanup',
];

/** Every day from the first to the last, as YYYY-MM-DD. */
export function daysBetween(from: string, to: string): readonly string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

export interface Wanted {
  readonly stage: Stage;
  readonly platform: Platform;
  /** @returns undefined where the day has no such value */
  readonly value: (trend: Trend) => number | undefined;
}

/** One value for each day, undefined for days without one. */
export function valuesByDay(
  trends: readonly Trend[],
  days: readonly string[],
  { stage, platform, value }: Wanted,
): readonly (number | undefined)[] {
  const byDay = new Map(
    trends.filter((trend) => trend.stage === stage && trend.platform === platform).map((trend) => [trend.day, trend]),
  );
  return days.map((day) => {
    const trend = byDay.get(day);
    return trend === undefined ? undefined : value(trend);
  });
}

/** In percent, of the attempts that ended by themselves; undefined without any. */
export function successRate({ succeeded, failed }: Pick<Trend, 'succeeded' | 'failed'>): number | undefined {
  const ended = succeeded + failed;
  return ended === 0 ? undefined : (100 * succeeded) / ended;
}

/** How many steps of images the layer cache provided, in percent; undefined where no builder reported any. */
export function cacheRate({ cachedSteps, steps }: Pick<Trend, 'cachedSteps' | 'steps'>): number | undefined {
  return cachedSteps === null || steps === null || steps === 0 ? undefined : (100 * cachedSteps) / steps;
}
