import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBuildFiles } from './find-build-files.ts';

/** What a clone without LFS and submodules would lack of the repository in a folder. */
export interface CheckoutNeeds {
  readonly lfs: boolean;
  readonly submodules: boolean;
}

/** Whether the checkout has submodules or files in Git LFS. */
export async function findCheckoutNeeds(folder: string): Promise<CheckoutNeeds> {
  const { attributes, hasSubmodules } = await findBuildFiles(folder);
  const texts = await Promise.all(attributes.map(async (path) => readFile(join(folder, path), 'utf8').catch(() => '')));
  const lfs = texts.some((text) => /^(?!#).*\sfilter=lfs(?:\s|$)/m.test(text));
  return { lfs, submodules: hasSubmodules };
}
