import { randomInt } from 'node:crypto';

/** The format of every build id. */
export const buildIdForm = /^[0-9a-z]{12}$/;

/** Twelve characters that sort by time: 8 for the time, 4 random (1.7 million a millisecond). */
export function newBuildId(now: number): string {
  const digits = (value: number, width: number): string => value.toString(36).padStart(width, '0');
  return digits(now, 8) + digits(randomInt(36 ** 4), 4);
}
