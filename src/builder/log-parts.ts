import { markPrefix, type PhaseMark } from './contract.ts';
import { parsePhaseMark } from './phase-marks.ts';

/** A stretch of whole lines of a log, or a mark that stood between them. */
export type LogPart = { readonly text: string } | { readonly mark: PhaseMark };

/** In characters. A line beyond the first is broken in two, so that memory stays bounded; none of our marks is longer than the second. */
const longestLine = 1024 * 1024;
const longestMark = 4096;

/**
 * Takes the log of one attempt apart into text and phase marks. A line that only looks like a mark, because the
 * repository's code printed it, has not the nonce that the job introduced itself with, and stays text.
 */
export class LogParts {
  #nonce: string | undefined;
  #rest = '';

  /** The parts of all lines that are complete; a beginning without its newline waits for the next call. */
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

  /** What was left without a newline, at the log's end. */
  flush(): readonly LogPart[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : this.#split(`${rest}\n`);
  }

  /** Gives out the beginning of a line that has no end yet, all but what may be the beginning of a mark. */
  #breakLine(): readonly LogPart[] {
    const cut = beginningOfCharacter(this.#rest, this.#rest.length - longestMark);
    const beginning = this.#rest.slice(0, cut);
    this.#rest = this.#rest.slice(cut);
    return this.#split(endLine(beginning));
  }

  #split(lines: string): readonly LogPart[] {
    const parts: LogPart[] = [];
    let start = 0;
    let end = -1;
    for (let at = this.#nextMark(lines, 0); at !== -1; at = this.#nextMark(lines, at + 1)) {
      if (end < at) end = lines.indexOf('\n', at);
      const mark = this.#markAt(lines, at, end);
      if (mark === undefined) continue;
      if (at > start) parts.push({ text: endLine(lines.slice(start, at)) });
      parts.push({ mark });
      start = end + 1;
      at = end;
    }
    if (start < lines.length) parts.push({ text: lines.slice(start) });
    return parts;
  }

  /** Once the nonce is known, nothing without it is looked at: a repository may print what resembles a mark by the million. */
  #nextMark(lines: string, from: number): number {
    return lines.indexOf(this.#nonce === undefined ? markPrefix : `${markPrefix}${this.#nonce} `, from);
  }

  /** Output without a newline at its end puts a mark behind it on the same line: the nonce tells it all the same. */
  #markAt(lines: string, at: number, end: number): PhaseMark | undefined {
    const inMidline = at > 0 && lines[at - 1] !== '\n';
    if ((inMidline && this.#nonce === undefined) || end - at > longestMark) return undefined;
    const line = lines.slice(at, end);
    const mark = parsePhaseMark(line, this.#nonce);
    if (mark?.verb === 'hello') this.#nonce ??= line.split(' ')[1];
    const known = this.#nonce !== undefined;
    if (mark?.verb === 'again') this.#nonce = undefined;
    return known ? mark : undefined;
  }
}

/** `at`, or one before it where that would cut through a character of two code units. */
function beginningOfCharacter(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at;
}

function endLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
