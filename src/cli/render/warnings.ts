import type { Writable } from 'node:stream';
import type { Reporter } from '../../ports/reporter.ts';
import { displayOf, type Screen } from './display.ts';
import { notice } from './notice.ts';
import { safeLine } from './safe-text.ts';

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
