/** In characters: what follows in a longer line is not compared. */
const comparedCharacters = 2_000;

/** Shorter words, such as a branch `x`, are parts of others. In characters. */
const shortestWord = 4;

const colours = /\u001B\[[0-9;:?]*[A-Za-z]/g;

const unit = '(?:[mµun]?s|secs?|seconds?|mins?|minutes?|h|hours?|[kKMGT]?i?B(?:/s)?|bytes)';
const number = String.raw`\d{1,15}(?:[.,]\d{1,9}){0,2}`;

/** What differs from one run of the same program to the next. No expression takes more than linear time. */
const volatile = new RegExp(
  [
    // Steps of BuildKit: number and seconds.
    String.raw`^#\d+ (?:\d+\.\d+ )?`,
    // Dates and times of day.
    String.raw`\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?`,
    String.raw`\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?`,
    // UUIDs, addresses, hashes and digests, ids of builds and jobs.
    String.raw`\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`,
    String.raw`\b0x[0-9a-fA-F]+\b`,
    String.raw`\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b`,
    String.raw`\b(?=(?:[a-z]*\d){3})(?=\d*[a-z])[0-9a-z]{12,}\b`,
    String.raw`\b\d{10,}\b`,
    String.raw`/tmp/[\w.-]+`,
    String.raw`\bpid[ =:]{0,2}\d+`,
    // Durations, sizes, progress.
    String.raw`\b(?:\d+h)?\d+m\d+(?:\.\d+)?s\b`,
    String.raw`\b${number} ?(?:%|${unit}\b)`,
    // A step of a stage without a name, which BuildKit aligns: `[ 1/12]`, `[10/12]`.
    String.raw`\[ ?${number}/${number}\]`,
    // Not every fraction: how many of the tests have passed is no progress.
    String.raw`\b${number} ?/ ?(?:${number}(?= ?[[\]])|${number} ?${unit}\b)`,
    String.raw`\(${number} ?/ ?${number}\)`,
    String.raw`(?<=^Step )\d+/\d+`,
    String.raw`(?<=^(?:Get|Hit|Ign|Err):)\d+`,
  ].join('|'),
  'g',
);

/** That a step of BuildKit has ended, or was in the cache. */
const stateOfStep = /^… ?(?:CACHED|DONE(?: …)?)$/;

/** How far a step has come, which BuildKit prints as often as it takes. */
const progressEnds = [' ', ':', '…', ' done'];

/** What takes the place of a volatile value. */
const placeholder = '…';

/**
 * The part of a log line that is equal in every run: without colours, times, durations, hashes, ids, sizes and
 * progress. Two lines differ in meaning if this differs; it is empty for a line that has none. Version numbers and exit codes are kept.
 *
 * @param own words of this run, such as its id and the subject of its commit, which are left out too
 */
export function meaningOf(line: string, own: readonly string[] = []): string {
  // A progress bar overwrites its line: what it showed last counts.
  const shown = withoutEnd(line, ['\r']);
  let text = shown.slice(shown.lastIndexOf('\r') + 1, shown.lastIndexOf('\r') + 1 + comparedCharacters);
  text = text.replace(colours, '');
  for (const word of own) if (word.length >= shortestWord) text = text.replaceAll(word, placeholder);
  const meaning = text.replace(volatile, placeholder).replace(/\s+/g, ' ').trim();
  return stateOfStep.test(meaning) ? '' : withoutEnd(meaning, progressEnds);
}

/** The text without what it ends with, however often, in linear time. */
function withoutEnd(text: string, endings: readonly string[]): string {
  let end = text.length;
  for (;;) {
    const ending = endings.find((one) => text.endsWith(one, end));
    if (ending === undefined || end === 0) return text.slice(0, end);
    end -= ending.length;
  }
}

/** The meanings of the lines of a log, in about 40 bytes a line. */
export class LogMeanings {
  readonly #numbers = new Map<number, number>();

  /** Adds a line; of equal ones the first counts. */
  add(lineNumber: number, meaning: string): void {
    const key = hashOf(meaning);
    if (!this.#numbers.has(key)) this.#numbers.set(key, lineNumber);
  }

  /** Number of the first line with this meaning. */
  find(meaning: string): number | undefined {
    return this.#numbers.get(hashOf(meaning));
  }
}

/** 52 bits of two multiplicative hashes (FNV-1a with different primes): no two of a log's lines are likely to share one. */
function hashOf(text: string): number {
  let [one, two] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    two = Math.imul(two ^ code, 0x85ebca6b);
    two ^= two >>> 13;
  }
  return (one >>> 0) * 0x100000 + ((two >>> 0) & 0xfffff);
}
