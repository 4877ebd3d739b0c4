import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository's folder. */
export const root = path.resolve(import.meta.dirname, '..');

/** A file that git tracks. */
export interface TrackedFile {
  /** Below `root`, with slashes. */
  readonly name: string;
  readonly text: string;
}

/** The tracked text files that match git's pathspecs, such as `src/*.ts` (which matches at any depth) or `:!*.test.ts`. */
export function trackedFiles(...pathspecs: readonly string[]): readonly TrackedFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--', ...pathspecs], { cwd: root, encoding: 'utf8' });
  const names = listed.split('\0').filter((name) => name !== '');
  return names.map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') }));
}
