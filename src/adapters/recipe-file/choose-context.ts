import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { contextSources } from '../../recipes/dockerfile-text.ts';
import { repositoryPath } from '../../recipes/field-rules.ts';
import type { FoundDockerfile } from './find-build-files.ts';

/** The build context that has the most of what a Dockerfile copies. */
export interface ChosenContext {
  readonly context: string;
  /** Paths that the Dockerfile copies and the context lacks. */
  readonly missing: readonly string[];
}

/**
 * The folder that contains what the Dockerfile copies: the root of the repository if it does, else the nearest folder
 * to it on the path to the Dockerfile. If none has everything, the one that has most.
 */
export async function chooseContext(root: string, { path, instructions }: FoundDockerfile): Promise<ChosenContext> {
  const sources = contextSources(instructions);
  let best: ChosenContext | undefined;
  for (const context of foldersDownTo(path)) {
    const found = await Promise.all(sources.map((source) => isThere(root, posix.join(context, source))));
    const missing = sources.filter((_, index) => found[index] !== true);
    if (best === undefined || missing.length < best.missing.length) best = { context, missing };
    if (missing.length === 0) break;
  }
  return best ?? { context: '.', missing: [] };
}

/** `.`, `a`, `a/b` of `a/b/Dockerfile`. */
function foldersDownTo(path: string): readonly string[] {
  const parts = posix
    .dirname(path)
    .split('/')
    .filter((part) => part !== '.');
  return ['.', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}

/** Whether this file or folder exists; for a path with wildcards, whether its first wildcard segment can match. */
async function isThere(root: string, source: string): Promise<boolean> {
  if (!repositoryPath.safeParse(source).success) return false;
  const parts = source.split('/');
  const wild = parts.findIndex((part) => /[*?[]/.test(part));
  if (wild < 0) return existsSync(posix.join(root, source));
  const pattern = wildcard(parts[wild] ?? '');
  const entries = await readdir(posix.join(root, ...parts.slice(0, wild))).catch(() => []);
  return entries.some((entry) => pattern.test(entry));
}

/** Go's path.Match, except that a character class matches any character. */
function wildcard(text: string): RegExp {
  const source = text.replace(/\[[^\]]*\]|[\\^$.*+?()|{}[\]]/g, (special) => {
    if (special === '*') return '.*';
    return special === '?' || special.length > 1 ? '.' : `\\${special}`;
  });
  return new RegExp(`^${source}$`);
}
