import { markPrefix, type PhaseMark } from './contract.ts';
import { parsePhaseMark } from './phase-marks.ts';

/** A stretch of whole lines of a log, or a mark between them. `at` is where the text begins, in characters of the log. */
export type LogPart = { readonly text: string; readonly at: number } | { readonly mark: PhaseMark };

/** In characters. Longer lines than the first are broken in two, to bound memory; no mark is longer than the second. */
const longestLine = 1024 * 1024;
const longestMark = 4096;

/** How many runs of one job are distinguished: a backend restarts a job at most ten times. */
const mostRuns = 32;
const nonceLength = 32;

/**
 * Splits the log of one attempt into text and phase marks. A line that only resembles a mark, because the repository's
 * code printed it, lacks the nonce of the job's first line and stays text. The nonces of all runs of a job remain
 * valid, so that code that learnt one cannot hide the builder's own marks with an `again` of its own.
 */
export class LogParts {
  readonly #nonces = new Set<string>();
  #expectsHello = true;
  #rest = '';
  /** Where `#rest` begins, in characters of the log. */
  #at = 0;

  /** The unfinished line. */
  get rest(): string {
    return this.#rest;
  }

  /** Another one that continues at the same place. */
  copy(): LogParts {
    const copy = new LogParts();
    for (const nonce of this.#nonces) copy.#nonces.add(nonce);
    copy.#expectsHello = this.#expectsHello;
    copy.#rest = detached(this.#rest);
    copy.#at = this.#at;
    return copy;
  }

  /** The parts of all complete lines; an unfinished line waits for the next call. */
  push(text: string): readonly LogPart[] {
    const end = text.lastIndexOf('\n') + 1;
    if (end === 0) {
      this.#rest += text;
      return this.#rest.length > longestLine ? this.#breakLine() : [];
    }
    const lines = this.#rest + text.slice(0, end);
    this.#rest = text.slice(end);
    return this.#split(lines);
  }

  /** The rest of the log without a newline, at its end. */
  flush(): readonly LogPart[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : this.#split(rest);
  }

  /** Returns the beginning of an unfinished line, except for what may be the beginning of a mark. */
  #breakLine(): readonly LogPart[] {
    const cut = beginningOfCharacter(this.#rest, this.#rest.length - longestMark);
    const beginning = this.#rest.slice(0, cut);
    this.#rest = this.#rest.slice(cut);
    return this.#split(beginning);
  }

  /** The parts of the text at `#at`; a newline that it lacks at its end is added. */
  #split(text: string): readonly LogPart[] {
    const lines = endLine(text);
    const begin = this.#at;
    this.#at += text.length;
    const parts: LogPart[] = [];
    let start = 0;
    let end = -1;
    for (let at = lines.indexOf(markPrefix); at !== -1; at = lines.indexOf(markPrefix, at + 1)) {
      if (end < at) end = lines.indexOf('\n', at);
      const mark = this.#markAt(lines, at, end);
      if (mark === undefined) continue;
      if (at > start) parts.push({ text: endLine(lines.slice(start, at)), at: begin + start });
      parts.push({ mark });
      start = end + 1;
      at = end;
    }
    if (start < lines.length) parts.push({ text: lines.slice(start), at: begin + start });
    return parts;
  }

  /** After output without a final newline, a mark follows on the same line; its nonce still identifies it. */
  #markAt(lines: string, at: number, end: number): PhaseMark | undefined {
    const start = at + markPrefix.length;
    const nonce = lines.slice(start, start + nonceLength);
    const isKnown = this.#nonces.has(nonce);
    const mayBeHello = this.#expectsHello && (at === 0 || lines[at - 1] === '\n');
    if ((!isKnown && !mayBeHello) || end - at > longestMark) return undefined;
    const mark = parsePhaseMark(lines.slice(at, end));
    if (isKnown) {
      if (mark?.verb === 'again') this.#expectsHello = true;
      return mark;
    }
    if (mark?.verb !== 'hello' || this.#nonces.size === mostRuns) return undefined;
    this.#nonces.add(detached(nonce));
    this.#expectsHello = false;
    return mark;
  }
}

/** `at`, or one less if that would split a character of two code units. */
function beginningOfCharacter(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at;
}

/** A copy: a piece of a text that is kept would keep the whole text in memory. */
export function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

function endLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
