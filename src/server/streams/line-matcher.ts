import { RE2JS, RE2JSException } from 're2js';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** What a search finds. It is given printed text, without escape sequences. */
export interface LineMatcher {
  /**
   * The lines of a piece that it finds, from 0 and ascending. Where it is there, it finds what `matches` would in each
   * line, in much less time.
   */
  find?(piece: string): readonly number[];
  matches(line: string): boolean;
  /** How long one request may test lines, in milliseconds; unlimited where a test takes no time worth mentioning. */
  readonly budget: number;
}

/** In characters of a line: of longer lines only the beginning is tested, which bounds the time that one takes. */
export const testedCharacters = 16_384;

/** How many states an automaton may have. */
const mostStates = 250;

/**
 * How many tested characters by states: the time for one line grows with both, and nothing else runs meanwhile. 16,384
 * characters on 251 states took up to 1.7 s, as many as this allows at most 30 ms.
 */
const mostSteps = 240_000;

/** In milliseconds. */
const patternBudget = 1_000;

/** Finds lines that contain a text, in upper or lower case. */
export function textMatcher(text: string): LineMatcher {
  const wanted = text.toLowerCase();
  const find = (piece: string): readonly number[] => {
    const lines = piece.toLowerCase();
    return linesWith(lines, (from) => lines.indexOf(wanted, from));
  };
  return {
    // It would match across the ends of lines.
    ...(!/[\r\n]/.test(wanted) && { find }),
    matches: (line) => line.toLowerCase().includes(wanted),
    budget: Number.POSITIVE_INFINITY,
  };
}

/** Words of lines that report an error. Alternatives without repetition: its time is linear. */
const errorWords = /\b(?:error|fatal|failed|failure|panic|exception|traceback|cannot|not found|denied)\b/gi;

/** Finds lines that read like errors. */
export const errorMatcher: LineMatcher = {
  find: (piece) => {
    return linesWith(piece, (from) => {
      errorWords.lastIndex = from;
      return errorWords.exec(piece)?.index ?? -1;
    });
  },
  matches: (line) => line.search(errorWords) !== -1,
  budget: Number.POSITIVE_INFINITY,
};

/**
 * Indexes of lines, ascending.
 * @param next the first place at or after another, in characters; -1 if there is none
 */
function linesWith(piece: string, next: (from: number) => number): readonly number[] {
  const found: number[] = [];
  let [line, end] = [-1, -1];
  for (let at = next(0); at !== -1 && at < piece.length; at = next(end + 1)) {
    while (end < at) {
      end = piece.indexOf('\n', end + 1);
      if (end === -1) end = piece.length;
      line += 1;
    }
    found.push(line);
  }
  return found;
}

/**
 * Finds lines that a regular expression matches anywhere, in upper or lower case, in time linear in their length: users
 * choose the expression, and the engine of JavaScript takes exponential time for some.
 *
 * @param pattern in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax)
 * @throws RequestInvalid when it is no such expression, or too complex
 */
export function patternMatcher(pattern: string): LineMatcher {
  const compiled = compile(pattern);
  const tested = Math.min(testedCharacters, Math.floor(mostSteps / compiled.programSize()));
  const matches = (line: string): boolean => compiled.test(line.length > tested ? line.slice(0, tested) : line);
  return { matches, budget: patternBudget };
}

function compile(pattern: string): RE2JS {
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    if (compiled.programSize() <= mostStates) return compiled;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const reason = error.message.replace(/^error parsing regexp: /, '').replace('(?i)', '');
    throw new TwinhullError('RequestInvalid', `the search is not a regular expression: ${reason}`, {
      hint: 'use the syntax of RE2, which has no look-around and no back-references; or search for plain text, without `regex`',
    });
  }
  throw new TwinhullError('RequestInvalid', 'the regular expression of the search is too complex', {
    hint: 'use fewer or smaller repetitions',
  });
}
