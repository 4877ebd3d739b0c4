import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileContent } from '../../lab/lab.ts';
import { run } from '../../lab/run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** This repository's tracked files as they are on disk, committed or not: what a clone of the next commit contains. */
export async function ownFiles(): Promise<Readonly<Record<string, FileContent>>> {
  const listed = await run('git', ['-C', root, 'ls-files', '--stage', '-z']);
  const entries = listed.split('\0').flatMap((line) => {
    const [, mode, path] = /^(\d{6}) [0-9a-f]+ \d\t(.+)$/s.exec(line) ?? [];
    return mode === undefined || path === undefined ? [] : [{ mode, path }];
  });
  const read = async (path: string, mode: string): Promise<FileContent> => {
    const file = join(root, path);
    if (mode === '120000') return { mode, content: await readlink(file) };
    const content = await readFile(file);
    return mode === '100755' ? { mode, content } : content;
  };
  const contents = entries.map(async ({ mode, path }) => [path, await read(path, mode)] as const);
  return Object.fromEntries(await Promise.all(contents));
}
