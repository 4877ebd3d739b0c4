import { detectRepository } from '../adapters/git/detect-repository.ts';
import { findCheckoutNeeds } from '../adapters/recipe-file/find-checkout-needs.ts';
import type { PlannedSource } from '../domain/plan.ts';

/**
 * Warns of Git LFS files and submodules in this folder's clone that the recipe does not mention: jobs that use them
 * fail. Empty when the folder is not a clone of the planned repository.
 */
export async function checkoutWarnings(source: PlannedSource, folder: string): Promise<readonly string[]> {
  const here = await detectRepository(folder).catch(() => undefined);
  if (here?.repository !== source.repository) return [];
  const needs = await findCheckoutNeeds(folder);
  return [
    ...(needs.lfs && source.lfs === undefined ? [warning('files in Git LFS', 'lfs')] : []),
    ...(needs.submodules && source.submodules === undefined ? [warning('submodules', 'submodules')] : []),
  ];
}

function warning(what: string, field: string): string {
  return `the repository has ${what}, and jobs that use them fail: write \`checkout: { ${field}: true }\` in the recipe, or false if no image needs them`;
}
