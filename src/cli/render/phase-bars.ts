import type { PhaseSpan } from '../../domain/failure.ts';
import type { Display } from './display.ts';
import { elapsed } from './quantities.ts';
import { padEnd, padStart } from './text-width.ts';
import { phaseLabel } from './words.ts';

/** The scale of the bars. */
export interface PhaseBarsOptions {
  /** How long the attempt has run: the end of the bar of a phase that did not end. */
  readonly ranSeconds: number;
  /** The time that the full width represents: the longest of all jobs, to make them comparable. */
  readonly scaleSeconds: number;
  /** Columns for the labels, equal for all jobs. */
  readonly labelWidth: number;
  readonly display: Display;
}

const widestBar = 60;
const timeWidth = 6;

/** A timeline: one line per phase, with a bar for its start and duration. */
export function phaseBars(
  phases: readonly PhaseSpan[],
  { ranSeconds, scaleSeconds, labelWidth, display }: PhaseBarsOptions,
): string[] {
  const labels = phases.map(phaseLabel);
  const width = Math.max(10, Math.min(widestBar, display.columns - labelWidth - timeWidth - 8));
  const ends = phases.map(({ startSeconds, seconds }) =>
    seconds === undefined ? Math.max(startSeconds, ranSeconds) : startSeconds + seconds,
  );
  const scale = width / Math.max(scaleSeconds, ...ends, 0.01);
  return phases.map((span, index) => {
    const end = ends[index] ?? span.startSeconds;
    const from = Math.min(width - 1, Math.round(span.startSeconds * scale));
    const length = Math.max(1, Math.min(width, Math.round(end * scale)) - from);
    const time = padStart(elapsed(end - span.startSeconds), timeWidth);
    return `${padEnd(labels[index] ?? '', labelWidth)}  ${time}  ${' '.repeat(from)}${bar(span, length, display)}`;
  });
}

function bar({ seconds, exitCode }: PhaseSpan, length: number, { colours, symbols }: Display): string {
  if (seconds === undefined) return colours.yellow(symbols.openBar.repeat(length));
  const text = symbols.bar.repeat(length);
  return exitCode ? `${colours.red(text)} ${colours.red(symbols.failed)}` : colours.cyan(text);
}
