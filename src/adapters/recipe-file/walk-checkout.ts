import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';

/** A file that may be a Dockerfile, or a folder that was not searched, and why it is not in the recipe. */
export interface LeftOut {
  readonly path: string;
  readonly why: string;
}

const deepest = 8;

/** Never searched: their content is not the repository's own. */
const unsearched = new Set(['.git', 'node_modules', '.venv', 'venv']);

/** Paths relative to the root of a checkout, with `/`: its files, the nearest to the root first, and folders not read. */
export interface WalkedCheckout {
  readonly files: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** All files below `root`. @param isFollowed whether a symbolic link of this name counts as a file */
export async function walkCheckout(root: string, isFollowed: (name: string) => boolean): Promise<WalkedCheckout> {
  const files: string[] = [];
  const leftOut: LeftOut[] = [];
  await walk('');
  return { files: files.sort(byDepth), leftOut };

  async function walk(below: string): Promise<void> {
    const entries = await entriesOf(posix.join(root, below));
    if (entries === undefined) leftOut.push({ path: `${below}/`, why: 'it cannot be read' });
    for (const entry of entries ?? []) {
      const path = posix.join(below, entry.name);
      if (entry.isDirectory()) await walkFolder(path);
      // Docker follows a link to a file; one to a folder may lead anywhere.
      else if (entry.isFile() || (entry.isSymbolicLink() && isFollowed(entry.name))) files.push(path);
    }
  }

  async function walkFolder(path: string): Promise<void> {
    if (unsearched.has(posix.basename(path))) return;
    if (path.split('/').length <= deepest) return walk(path);
    leftOut.push({ path: `${path}/`, why: `folders below ${String(deepest)} others are not searched` });
  }
}

async function entriesOf(folder: string): Promise<Dirent[] | undefined> {
  return readdir(folder, { withFileTypes: true }).catch(() => undefined);
}

/** Orders paths: the nearest to the root first, then by name. */
export function byDepth(a: string, b: string): number {
  return a.split('/').length - b.split('/').length || (a < b ? -1 : 1);
}
