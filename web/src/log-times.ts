import { signal } from '@preact/signals';

/** How the times of log lines are shown: not at all, in the reader's zone, in UTC, or since the first line. */
export const timeModes = ['none', 'local', 'UTC', 'elapsed'] as const;
export type TimeMode = (typeof timeModes)[number];

export const timeMode = signal<TimeMode>(
  timeModes.find((mode) => mode === localStorage.getItem('log-times')) ?? 'none',
);

export function chooseTimes(mode: TimeMode): void {
  timeMode.value = mode;
  localStorage.setItem('log-times', mode);
}

/**
 * A time of a line, short.
 * @param at in milliseconds since the Unix epoch; NaN where it was not stored
 * @param first the earliest time of the log
 */
export function shortTime(at: number, mode: TimeMode, first: number): string {
  if (Number.isNaN(at)) return '';
  if (mode === 'UTC') return new Date(at).toISOString().slice(11, 23);
  if (mode === 'elapsed') return elapsed(at - first);
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${three(date.getMilliseconds())}`;
}

function elapsed(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '+';
  const all = Math.abs(milliseconds);
  const hours = Math.floor(all / 3_600_000);
  const minutes = Math.floor(all / 60_000) % 60;
  const seconds = `${two(Math.floor(all / 1000) % 60)}.${three(all % 1000)}`;
  return `${sign}${hours > 0 ? `${String(hours)}:` : ''}${two(minutes)}:${seconds}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function three(value: number): string {
  return String(value).padStart(3, '0');
}
