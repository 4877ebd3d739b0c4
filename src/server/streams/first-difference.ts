import { LogMeanings, meaningOf } from '../../domain/log-meaning.ts';
import { type LogLine, type LogPiece, scanLines } from './scan-lines.ts';

/** How many lines of each log are compared: of longer ones the beginning. */
export const comparedLines = 100_000;

/** A log, with the words of its run that mean nothing: the id of its build, its commit. */
export interface ComparedLog {
  readonly pieces: () => AsyncIterable<LogPiece>;
  readonly own: readonly string[];
}

/** The first line that the other log does not have. */
export interface LogDifference {
  readonly line: LogLine;
  /** What the other log has after the line that precedes `line`; undefined where it ends there. */
  readonly instead: LogLine | undefined;
}

/**
 * The first line of a log whose meaning no line of the other has: lines of steps that run at once come in any order.
 *
 * @returns undefined when there is none among the first `comparedLines` lines
 */
export async function firstDifference(log: ComparedLog, baseline: ComparedLog): Promise<LogDifference | undefined> {
  const meanings = new LogMeanings();
  await scanLines(baseline.pieces(), { from: 1 }, ({ number, text }) => {
    meanings.add(number, meaningOf(text, baseline.own));
    return number < comparedLines;
  });
  let found: LogLine | undefined;
  let last = '';
  await scanLines(log.pieces(), { from: 1 }, (line) => {
    const meaning = meaningOf(line.text, log.own);
    if (meaning !== '' && meanings.find(meaning) === undefined) found = line;
    else if (meaning !== '') last = meaning;
    return found === undefined && line.number < comparedLines;
  });
  if (found === undefined) return undefined;
  return { line: found, instead: await lineAfter(baseline, last, await countOf(last, log, found.number)) };
}

/** How many lines before a line have this meaning. */
async function countOf(wanted: string, { pieces, own }: ComparedLog, before: number): Promise<number> {
  let count = 0;
  await scanLines(pieces(), { from: 1 }, ({ number, text }) => {
    if (number < before && meaningOf(text, own) === wanted) count += 1;
    return number < before;
  });
  return count;
}

/** The line with a meaning after the one that is the `count`th with the meaning `wanted`, or the last such one. */
async function lineAfter({ pieces, own }: ComparedLog, wanted: string, count: number): Promise<LogLine | undefined> {
  let next: LogLine | undefined;
  let left = count;
  let isAfter = wanted === '';
  await scanLines(pieces(), { from: 1 }, (line) => {
    const meaning = meaningOf(line.text, own);
    if (meaning === wanted && left > 0) {
      left -= 1;
      [next, isAfter] = [undefined, true];
    } else if (isAfter && meaning !== '') [next, isAfter] = [line, false];
    return (left > 0 || isAfter) && line.number < comparedLines;
  });
  return next;
}
