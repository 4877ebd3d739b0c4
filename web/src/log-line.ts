import Anser from 'anser';
import { visible } from './text.ts';

export interface LineSegment {
  readonly text: string;
  /** Class names of its colour and weight; empty for plain text. */
  readonly style: string;
}

/** Longer lines are cut for display, with a note; downloads have all of it. In characters. */
export const longestLine = 20_000;

// The look-behind keeps long runs of carriage returns linear.
const trailingReturns = /(?<!\r)\r+$/u;
// Sequences that set a title, move the cursor or clear the screen mean nothing in a list of lines.
const sequences =
  /\u001B(?:\[[0-9;:<=>?]*[ -/]*[@-ln-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[PX^_][^\u001B]*(?:\u001B\\)?|[ -/]*[0-OQ-WYZ`-~])/gu;

/**
 * A line of a log as pieces of text with styles: colours are kept, anything else that steers a terminal is not.
 *
 * @param longest where it is cut, in characters
 * @param left how many characters were left out already
 */
export function lineSegments(line: string, longest = longestLine, left = 0): readonly LineSegment[] {
  const cut = line.length > longest ? line.slice(0, longest) : line;
  // A progress bar overwrites its line: what it showed last is what a terminal would show.
  const shown = cut
    .replace(trailingReturns, '')
    .replace(/^.*\r(?=.)/su, '')
    .replace(sequences, '');
  const parts = Anser.ansiToJson(shown, { use_classes: true, remove_empty: true });
  const segments = parts.map(({ content, fg, bg, decorations }) => ({
    text: visible(content),
    style: [fg && classOf('fg', fg), bg && classOf('bg', bg), ...decorations.map((name) => `ansi-${name}`)]
      .filter(Boolean)
      .join(' '),
  }));
  const more = left + line.length - cut.length;
  if (more === 0) return segments;
  return [...segments, { text: ` … ${String(more)} more characters`, style: 'cut' }];
}

/** A line as it is shown, without its styles. @param longest where it is cut, in characters */
export function plainLine(line: string, longest = longestLine): string {
  return lineSegments(line, longest)
    .map(({ text }) => text)
    .join('');
}

/** Lines for the clipboard: whole, and with nothing that would steer the terminal that they are pasted into. */
export function plainText(lines: readonly string[]): string {
  return lines.map((line) => plainLine(line, Number.POSITIVE_INFINITY)).join('\n');
}

/** Anser's names of the sixteen colours; of the others only that there is a colour. */
function classOf(kind: 'fg' | 'bg', name: string): string {
  return /^ansi-[a-z-]+$/.test(name) && !/palette|truecolor/.test(name) ? `${kind}-${name.slice(5)}` : '';
}
