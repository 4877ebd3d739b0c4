import { exponential, type Random } from './random.ts';

const secondsPerHour = 3_600;

/** The same weight for each hour. */
export const evenDay: readonly number[] = Array.from({ length: 24 }, () => 1);

/** Most builds from 8 to 18 o'clock, few at night: five times as many in the busiest hour as in the quietest. */
export const officeDay: readonly number[] = [
  ...[2, 2, 2, 2, 2, 2, 3, 5, 8, 10, 10, 9],
  ...[7, 9, 10, 10, 9, 8, 5, 4, 3, 3, 2, 2],
];

/**
 * Random arrivals (a Poisson process) whose rate follows the hours of the day; each day has the same profile.
 *
 * @param perDay arrivals a day on average
 * @param profile weights of the 24 hours from midnight; only their proportions matter
 * @returns times in seconds, ascending, all below the end of the last day
 */
export function arrivalTimes(perDay: number, profile: readonly number[], days: number, random: Random): Float64Array {
  const total = profile.reduce((sum, weight) => sum + weight, 0);
  const rates = profile.map((weight) => (perDay * weight) / total / secondsPerHour);
  const times: number[] = [];
  // In the time scale of `untilNext` the mean distance is 1: each hour contributes its rate times its seconds.
  let untilNext = exponential(random, 1);
  for (let hour = 0; hour < days * 24; hour++) {
    const rate = rates[hour % 24] ?? 0;
    let spent = 0;
    while (untilNext < rate * (secondsPerHour - spent)) {
      spent += untilNext / rate;
      times.push(hour * secondsPerHour + spent);
      untilNext = exponential(random, 1);
    }
    untilNext -= rate * (secondsPerHour - spent);
  }
  return Float64Array.from(times);
}
