import type { Writable } from 'node:stream';
import type { Reporter } from '../../ports/reporter.ts';
import { displayOf, type Screen } from './display.ts';
import { safeLine } from './safe-text.ts';

interface Holder {
  notice(text: string): void;
}

const holders = new WeakMap<Writable, Holder>();

/** From now on, lines for `stream` go to `holder`, which knows where the cursor is. */
export function holdStream(stream: Writable, holder: Holder): void {
  holders.set(stream, holder);
}

/**
 * Writes a line to a stream that a renderer may be drawing on, without damaging the display.
 *
 * @param line without newline; any external text in it has been made safe
 */
export function notice(stream: Writable, line: string): void {
  const holder = holders.get(stream);
  if (holder === undefined) stream.write(`${line}\n`);
  else holder.notice(line);
}

/** How long repeats of a warning are suppressed, in milliseconds. */
const quiet = 60_000;

/** Prints one line per problem from which the pipeline recovers by itself. */
export function warningsTo(stream: Writable & Screen, now: () => number = Date.now): Reporter {
  const last = new Map<string, number>();
  return {
    warning(text) {
      const before = last.get(text);
      if (before !== undefined && now() - before < quiet) return;
      if (last.size > 1000) last.clear();
      last.set(text, now());
      notice(stream, `${displayOf(stream).colours.yellow('warning:')} ${safeLine(text)}`);
    },
  };
}
