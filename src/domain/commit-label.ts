import { stripVTControlCharacters } from 'node:util';

/** What a job reports of its commit; undefined where the commit has none, or nothing readable. */
export interface CommitLabels {
  /** First line of the message, at most `longestSubject` characters. */
  readonly subject?: string | undefined;
  /** The author's name, at most `longestAuthor` characters. */
  readonly author?: string | undefined;
}

/** In characters (code points). */
export const longestSubject = 200;
/** In characters (code points). */
export const longestAuthor = 100;

/** Control characters, and those that change the direction of the text after them. */
const unwanted = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * One line of a commit for lists: without escape sequences, control characters and changes of direction, cut to `most`
 * characters. Anyone who may push writes it: it remains untrusted text.
 * @returns undefined when nothing is left
 */
export function commitLabel(text: string, most: number): string | undefined {
  const line = stripVTControlCharacters(text).replace(/\s+/g, ' ').replace(unwanted, '').trim();
  return line === '' ? undefined : Array.from(line).slice(0, most).join('').trimEnd();
}
