import { setImmediate } from 'node:timers/promises';
import { newlinesBefore } from '../../domain/line-times.ts';
import { printedText, withoutSequences } from '../../domain/printed-text.ts';
import type { LineMatcher } from './line-matcher.ts';
import type { LogText } from './read-log.ts';

/** A line of a log without the builder's marks. */
export interface LogLine {
  /** From 1. */
  readonly number: number;
  /** Without its newline; it may have escape sequences and a carriage return. */
  readonly text: string;
  /** When it was printed, as ISO 8601; null where that was not stored. */
  readonly time: string | null;
  /** How many more characters it has where `text` is only its beginning. */
  readonly cut?: number;
}

/** A piece of a log: whole lines, each with its newline, and when they were printed. */
export type LogPiece = Omit<LogText, 'next'>;

/** Where a scan ended. */
export interface ScanEnd {
  /** Where to continue: no line between the last one returned and this one qualifies. */
  readonly next: number;
  /** Whether line `next` exists. */
  readonly more: boolean;
}

/** Which lines to scan. */
export interface ScanRange {
  /** Number of the first line to consider. */
  readonly from: number;
  /** Number of the first line of the pieces. @default 1 */
  readonly first?: number | undefined;
  readonly matcher?: LineMatcher | undefined;
}

/** How long lines are tested before other requests have their turn, in milliseconds. */
const longestTurn = 10;

/**
 * Passes the lines from number `from` on, and with a matcher only those that it finds, to `take` until that returns
 * false, or until the matcher's time is up.
 */
export async function scanLines(
  pieces: AsyncIterable<LogPiece>,
  { from, first = 1, matcher }: ScanRange,
  take: (line: LogLine) => boolean,
): Promise<ScanEnd> {
  const turns = new Turns(matcher?.budget ?? Number.POSITIVE_INFINITY);
  let number = first;
  for await (const piece of pieces) {
    const begin = number;
    number += newlinesBefore(piece.text, piece.text.length);
    if (number <= from) continue;
    const found = matcher?.find?.(withoutSequences(piece.text));
    if (found?.length === 0) {
      if (turns.isDue()) await turns.pass();
      continue;
    }
    const lines = piece.text.split('\n').slice(0, -1);
    let times: readonly number[] | undefined;
    for (const index of found ?? lines.keys()) {
      const [at, text] = [begin + index, lines[index]];
      if (at < from || text === undefined) continue;
      if (turns.isDue()) {
        if (turns.isOver()) return { next: at, more: true };
        await turns.pass();
      }
      if (found === undefined && matcher?.matches(printedText(text)) === false) continue;
      times ??= piece.times() ?? [];
      if (!take({ number: at, text, time: timeOf(times[index]) })) return { next: at, more: true };
    }
  }
  return { next: Math.max(number, from), more: false };
}

/** In the form of the API. @param at in milliseconds since the Unix epoch */
export function timeOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

/** Lets other work of the process have its turn, and ends a scan that takes too long. */
class Turns {
  readonly #budget: number;
  #spent = 0;
  #since: number | undefined;

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Counts from its first call: the lines before `from` must not use up the time of those after it. */
  isDue(): boolean {
    this.#since ??= performance.now();
    return performance.now() - this.#since >= longestTurn;
  }

  /** Whether the budget is used up, the current turn included; at least one turn is had. */
  isOver(): boolean {
    this.#spent += performance.now() - (this.#since ?? 0);
    return this.#spent >= this.#budget;
  }

  async pass(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
