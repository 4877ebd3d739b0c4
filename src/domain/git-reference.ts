import { isCommitPrefix, isFullCommit, isSha256Commit, parseCommit } from './commit.ts';
import { TwinhullError } from './errors/twinhull-error.ts';
import { quoted } from './quoted.ts';

/**
 * What a user named. If a name fits several kinds, a branch wins over a tag, and a tag over the beginning of a commit.
 */
export type GitReference =
  | { readonly kind: 'commit'; readonly commit: string }
  | { readonly kind: 'branch'; readonly name: string }
  | { readonly kind: 'tag'; readonly name: string }
  /** Any other full name: a pull or merge request, a note. */
  | { readonly kind: 'ref'; readonly name: string }
  | { readonly kind: 'head' }
  | { readonly kind: 'name'; readonly name: string; readonly mayBeCommit: boolean };

/**
 * Parses `main`, `v1.2`, `1a2b3c4`, 40 hexadecimal digits, `refs/heads/main`, `refs/tags/v1.2`, any other `refs/...` or
 * `HEAD`.
 * @throws ReferenceInvalid
 */
export function parseReference(text: string): GitReference {
  if (isFullCommit(text) || isSha256Commit(text)) return { kind: 'commit', commit: parseCommit(text) };
  if (text === 'HEAD') return { kind: 'head' };
  if (text.startsWith('refs/heads/')) return { kind: 'branch', name: parseRefName(text.slice('refs/heads/'.length)) };
  if (text.startsWith('refs/tags/')) return { kind: 'tag', name: parseRefName(text.slice('refs/tags/'.length)) };
  if (text.startsWith('refs/')) return { kind: 'ref', name: parseFullRef(text) };
  return { kind: 'name', name: parseRefName(text), mayBeCommit: isCommitPrefix(text) };
}

/** A full name, `refs/...`, unchanged. @throws ReferenceInvalid */
export function parseFullRef(text: string): string {
  if (text.startsWith('refs/')) return `refs/${parseRefName(text.slice('refs/'.length))}`;
  throw new TwinhullError('ReferenceInvalid', `${quoted(text)} is not the full name of a reference: it lacks refs/`);
}

/** The name of a branch or tag, unchanged. @throws ReferenceInvalid */
export function parseRefName(text: string): string {
  const problem = refNameProblem(text);
  if (problem === undefined) return text;
  throw new TwinhullError(
    'ReferenceInvalid',
    `${quoted(text)} is not a valid name of a branch, tag or commit: ${problem}`,
  );
}

/**
 * Why git does not allow a branch or tag of this name, undefined if it does: the rules of
 * https://git-scm.com/docs/git-check-ref-format, as `git branch` applies them.
 */
export function refNameProblem(name: string): string | undefined {
  return rules.find(([breaks]) => breaks(name))?.[1];
}

const rules: readonly (readonly [(name: string) => boolean, string])[] = [
  [(name) => name === '', 'it is empty'],
  [(name) => Buffer.byteLength(name) > 244, 'it is longer than 244 bytes'],
  [(name) => name.startsWith('-'), 'it begins with a dash'],
  [isFullCommit, 'it looks like a commit'],
  [(name) => name === '@' || name === 'HEAD', 'it is a reserved word in git'],
  [(name) => /[\u0000-\u0020\u007f]/.test(name), 'it holds a space or control character'],
  [(name) => /\p{Surrogate}/u.test(name), 'it is not valid Unicode'],
  [(name) => /[~^:?*[\\]/.test(name), 'it holds one of ~ ^ : ? * [ \\'],
  [(name) => name.includes('..'), 'it holds ..'],
  [(name) => name.includes('@{'), 'it holds @{'],
  [(name) => /^\/|\/\/|\/$/.test(name), 'it begins or ends with a slash, or holds two in a row'],
  [(name) => /(^|\/)\./.test(name), 'a part of it begins with a dot'],
  [(name) => /\.lock(\/|$)/.test(name), 'a part of it ends in .lock'],
  [(name) => name.endsWith('.'), 'it ends with a dot'],
];
