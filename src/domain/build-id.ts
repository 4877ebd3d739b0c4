import { randomInt } from 'node:crypto';

/** What every build id looks like. */
export const buildIdForm = /^[0-9a-z]{12}$/;

/** Twelve characters that sort by time: 8 of it, 4 by chance (1.7 million a millisecond). */
export function newBuildId(now: number): string {
  const digits = (value: number, width: number): string => value.toString(36).padStart(width, '0');
  return digits(now, 8) + digits(randomInt(36 ** 4), 4);
}
