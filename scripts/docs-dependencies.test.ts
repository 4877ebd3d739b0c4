import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root, trackedFiles } from './tracked-files.ts';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
const rows = read('docs/dependencies.md')
  .split('\n')
  .flatMap((line) => {
    const [, name, purpose, licence, instead] = /^\| `([^`]+)` \| (.+) \| (.+) \| (.+) \|$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, purpose, licence, instead }];
  });

/** Installed only to fix the version of a package that another one loads. */
const pinned: ReadonlySet<string> = new Set(['light-my-request']);

it('lists each runtime dependency once, in the order of package.json', () => {
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(dependencies));
});

it.each(rows)('names the licence of $name as it is installed', ({ name, licence }) => {
  const { license } = JSON.parse(read(`node_modules/${name}/package.json`)) as { license: string };
  expect(licence).toBe(license);
});

it('has no runtime dependency that the program does not load', () => {
  const source = trackedFiles('src/*.ts', ':!*.test.ts')
    .map(({ text }) => text)
    .join('\n')
    .replace(/^import type [^;]*;/gm, '');
  const isLoaded = (name: string): boolean =>
    new RegExp(String.raw`(?: from |import\()'${name}(?:/[^']*)?'`).test(source);
  expect(Object.keys(dependencies).filter((name) => !pinned.has(name) && !isLoaded(name))).toEqual([]);
});
