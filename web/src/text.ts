import { signal } from '@preact/signals';
import type { BuildState, Platform } from './api.ts';

/** The current second, for ages and running durations. */
export const now = signal(Date.now());
export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 1000);
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${String(whole)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(whole % 60)} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

/** How long ago, in words. */
export function age(at: string, current: number): string {
  const seconds = Math.min(0, (Date.parse(at) - current) / 1000);
  if (seconds > -45) return 'just now';
  if (seconds > -3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

export function moment(at: string): string {
  return `${exact.format(new Date(at))} (${at})`;
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${String(bytes)} B`;
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toPrecision(3)} ${['B', 'kB', 'MB', 'GB'][power] ?? ''}`;
}

/** `https://git.example/acme/model.git` as `acme/model`. */
export function repositoryName(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.replace(/^\//, '').replace(/\.git$/, '') : url;
}

export function short(commit: string): string {
  return commit.slice(0, 10);
}

export function suffix(platform: Platform): 'arm64' | 'amd64' {
  return platform === 'linux/arm64' ? 'arm64' : 'amd64';
}

export function hasEnded(state: BuildState): boolean {
  return state !== 'waiting' && state !== 'building' && state !== 'publishing';
}

const invisible = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/** Makes characters visible that would reorder or hide text: bidirectional controls, and other control characters. */
export function visible(text: string): string {
  return text.replace(
    invisible,
    (found) => `\u2039U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}\u203A`,
  );
}
