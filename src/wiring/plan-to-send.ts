import { loadRecipeToSend } from '../adapters/recipe-file/load-recipe.ts';
import type { PlanBody } from '../client/client.ts';
import { isFullCommit } from '../domain/commit.ts';
import { parseReference } from '../domain/git-reference.ts';
import { parseRepository } from '../domain/git-repository.ts';
import { formatRepository, parseImageRepository } from '../domain/image-reference.ts';
import type { Settings } from '../settings/settings.ts';
import type { PlanOptions } from './find-source.ts';
import { findSource } from './find-source.ts';

/**
 * The part of a plan that this machine knows: the service resolves branches, and has its own destination. Input that
 * the service would reject as malformed is rejected here.
 *
 * @throws RecipeNotFound, RecipeInvalid, RepositoryInvalid, ReferenceInvalid, CommitNotFound, ImageReferenceInvalid,
 * ArgumentInvalid
 */
export async function planToSend(
  options: PlanOptions,
  settings: Pick<Settings, 'recipe' | 'repository' | 'destination'>,
  cwd: string,
): Promise<PlanBody> {
  const destination = options.destination ?? settings.destination;
  const named = destination === undefined ? {} : { destination: formatRepository(parseImageRepository(destination)) };
  const recipe = await loadRecipeToSend(options.recipe ?? settings.recipe, { cwd });
  const { repository, reference } = await findSource(options, settings, cwd);
  parseReference(reference);
  const source = isFullCommit(reference) ? { commit: reference } : { ref: reference };
  return { ...named, recipe, repository: parseRepository(repository), ...source };
}
