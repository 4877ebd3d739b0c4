import { LogMeanings, meaningOf } from '../../domain/log-meaning.ts';
import { type LogLine, type LogPiece, scanLines } from './scan-lines.ts';

/** How many lines of each log are compared: of longer ones the beginning. */
export const comparedLines = 100_000;

/** Two logs, and the words of their runs that mean nothing: the ids of the builds, their commits. */
export interface ComparedLogs {
  readonly log: () => AsyncIterable<LogPiece>;
  readonly baseline: () => AsyncIterable<LogPiece>;
  /** Left out of both logs, so that a line that both have is equal whichever run has the word. */
  readonly own: readonly string[];
}

/** What became of a comparison. */
export interface ComparisonOfLogs {
  /** Whether both logs have lines: old logs are removed, while their builds stay. */
  readonly hasLogs: boolean;
  /** Undefined when there is none among the first `comparedLines` lines. */
  readonly difference: LogDifference | undefined;
}

/** The first line that the other log does not have. */
export interface LogDifference {
  readonly line: LogLine;
  /** What the other log has after the line that precedes `line`; undefined where none of its compared lines follows. */
  readonly instead: LogLine | undefined;
}

/** Finds the first line of a log whose meaning no line of the other has: lines of steps that run at once come in any order. */
export async function firstDifference({ log, baseline, own }: ComparedLogs): Promise<ComparisonOfLogs> {
  const meanings = new LogMeanings();
  let [hasLog, hasBaseline] = [false, false];
  await scanLines(baseline(), { from: 1 }, ({ number, text }) => {
    hasBaseline = true;
    meanings.add(number, meaningOf(text, own));
    return number < comparedLines;
  });
  if (!hasBaseline) return { hasLogs: false, difference: undefined };
  let found: LogLine | undefined;
  let last = '';
  await scanLines(log(), { from: 1 }, (line) => {
    hasLog = true;
    const meaning = meaningOf(line.text, own);
    if (meaning !== '' && meanings.find(meaning) === undefined) found = line;
    else if (meaning !== '') last = meaning;
    return found === undefined && line.number < comparedLines;
  });
  if (found === undefined) return { hasLogs: hasLog, difference: undefined };
  // Where no line precedes it, blank ones must not count.
  const count = last === '' ? 0 : await countOf(last, { pieces: log(), own, before: found.number });
  return { hasLogs: true, difference: { line: found, instead: await lineAfter(last, count, baseline(), own) } };
}

interface CountedLines {
  readonly pieces: AsyncIterable<LogPiece>;
  readonly own: readonly string[];
  readonly before: number;
}

/** How many lines before a line have this meaning. */
async function countOf(wanted: string, { pieces, own, before }: CountedLines): Promise<number> {
  let count = 0;
  await scanLines(pieces, { from: 1 }, ({ number, text }) => {
    if (number < before && meaningOf(text, own) === wanted) count += 1;
    return number < before;
  });
  return count;
}

/** The line with a meaning after the one that is the `count`th with the meaning `wanted`, or the last such one. */
async function lineAfter(
  wanted: string,
  count: number,
  pieces: AsyncIterable<LogPiece>,
  own: readonly string[],
): Promise<LogLine | undefined> {
  let next: LogLine | undefined;
  let left = count;
  let isAfter = wanted === '';
  await scanLines(pieces, { from: 1 }, (line) => {
    const meaning = meaningOf(line.text, own);
    if (meaning === wanted && left > 0) {
      left -= 1;
      [next, isAfter] = [undefined, true];
    } else if (isAfter && meaning !== '') [next, isAfter] = [line, false];
    return (left > 0 || isAfter) && line.number < comparedLines;
  });
  return next;
}
