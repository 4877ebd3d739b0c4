import { RE2JS, RE2JSException } from 're2js';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** What a search finds. It is given printed text, without escape sequences. */
export interface LineMatcher {
  /** Whether a piece of several lines can have a match. */
  mayMatch(piece: string): boolean;
  matches(line: string): boolean;
  /** How long one request may test lines, in milliseconds; unlimited where a test takes no time worth mentioning. */
  readonly budget: number;
}

/** In characters of a line: of longer lines only the beginning is tested, which bounds the time that one takes. */
export const testedCharacters = 16_384;

/**
 * How many states an automaton may have: the time for one line is at most proportional to their number and to the tested
 * characters. Nothing else runs meanwhile: 246 states took up to 0.36 s.
 */
const mostStates = 250;

/** In milliseconds. */
const patternBudget = 1_000;

/** Finds lines that contain a text, in upper or lower case. */
export function textMatcher(text: string): LineMatcher {
  const wanted = text.toLowerCase();
  const contains = (searched: string): boolean => searched.toLowerCase().includes(wanted);
  return { mayMatch: contains, matches: contains, budget: Number.POSITIVE_INFINITY };
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
  const matches = (line: string): boolean =>
    compiled.test(line.length > testedCharacters ? line.slice(0, testedCharacters) : line);
  return { mayMatch: () => true, matches, budget: patternBudget };
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
