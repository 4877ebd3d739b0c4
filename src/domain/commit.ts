import { stripVTControlCharacters } from 'node:util';
import { TwinhullError } from './errors/twinhull-error.ts';
import { quoted } from './quoted.ts';

const fullCommit = /^[0-9a-f]{40}$/i;
const commitPrefix = /^[0-9a-f]{7,39}$/i;
const sha256Commit = /^[0-9a-f]{64}$/i;

/** How many digits `shortCommit` keeps: as in git and most registries. */
export const shortCommitLength = 7;

/** Whether `text` is 40 hexadecimal digits, in any case of letters. */
export function isFullCommit(text: string): boolean {
  return fullCommit.test(text);
}

/** Whether `text` is a full commit of a repository with SHA-256 object names, which Twinhull does not support. */
export function isSha256Commit(text: string): boolean {
  return sha256Commit.test(text);
}

/** Whether `text` can be the beginning of a commit: 7 to 39 hexadecimal digits. */
export function isCommitPrefix(text: string): boolean {
  return commitPrefix.test(text);
}

/** The full commit in lower case. @throws ReferenceInvalid when it is not 40 hexadecimal digits */
export function parseCommit(text: string): string {
  if (isFullCommit(text)) return text.toLowerCase();
  throw new TwinhullError('ReferenceInvalid', `${quoted(text)} is not a commit: ${whyNoCommit(text)}`, {
    hint: 'give all 40 hexadecimal digits of the commit (git rev-parse HEAD)',
  });
}

/** The first seven digits, for people and default tags. May be ambiguous: never used to find a commit. */
export function shortCommit(commit: string): string {
  return commit.slice(0, shortCommitLength);
}

/** Why `text`, which is not a full commit, is not one. */
export function whyNoCommit(text: string): string {
  if (isSha256Commit(text)) return 'repositories with SHA-256 object names are not supported';
  if (/^[0-9a-f]*$/i.test(text)) return `it has ${text.length} digits, not 40`;
  return 'it has characters that are not hexadecimal digits';
}

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
