import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkoutWarnings } from './checkout-warnings.ts';

const source = { repository: 'https://git.example.org/x.git', commit: 'c'.repeat(40) };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhull-warnings-'));
  const git = (...words: string[]) =>
    execa('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...words]);
  await git('init', '--quiet');
  await git('remote', 'add', 'origin', source.repository);
  await git('commit', '--quiet', '--allow-empty', '--message=m');
  await writeFile(join(folder, '.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n');
  await writeFile(join(folder, '.gitmodules'), '[submodule "x"]\n');
});
afterEach(() => rm(folder, { recursive: true }));

it('names features of the clone on which the recipe does not decide', async () => {
  const [lfs, submodules] = await checkoutWarnings(source, folder);
  expect(lfs).toContain('files in Git LFS');
  expect(lfs).toContain('checkout: { lfs: true }');
  expect(submodules).toContain('checkout: { submodules: true }');
});

it('returns nothing if the recipe decides', async () => {
  expect(await checkoutWarnings({ ...source, lfs: false, submodules: true }, folder)).toEqual([]);
  expect(await checkoutWarnings({ ...source, lfs: true }, folder)).toHaveLength(1);
});

it('ignores a clone of another repository', async () => {
  expect(await checkoutWarnings({ ...source, repository: 'https://git.example.org/other.git' }, folder)).toEqual([]);
  expect(await checkoutWarnings(source, tmpdir())).toEqual([]);
});
