import type * as z from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Plan } from '../../domain/plan.ts';
import { quoted } from '../../domain/quoted.ts';
import type { Recipe } from '../../domain/recipe.ts';
import { findPreset, presets } from '../../recipes/presets.ts';
import { presetRecipe, readRecipe } from '../../recipes/read-recipe.ts';
import { recipeInvalid } from '../../recipes/recipe-problem.ts';
import { allowedDestination, allowedRepository } from '../allowance.ts';
import type { ServerParts } from '../parts.ts';
import type { planBody } from '../schemas/request-schemas.ts';

/** The plan of a request, and the reference as the client named it. */
interface RequestedPlan {
  readonly plan: Plan;
  readonly reference: string;
}

/**
 * The plan that a request asks for, if it is allowed.
 * @throws RequestInvalid, NotAllowedHere, RecipeNotFound, RecipeInvalid, and what preparing a plan throws
 */
export async function planRequested(
  { repository, ref, commit, recipe, destination }: z.output<typeof planBody>,
  { options: { allowance }, preparePlan }: Pick<ServerParts, 'options' | 'preparePlan'>,
): Promise<RequestedPlan> {
  const reference = commit ?? ref;
  if (reference === undefined || (commit !== undefined && ref !== undefined))
    throw new TwinhullError('RequestInvalid', 'the request must have either commit or ref', {
      hint: 'give all 40 digits as commit, or a branch, a tag or a short hash as ref',
    });
  const wanted = {
    recipe: resolveRecipe(recipe),
    repository: allowedRepository(repository, allowance),
    reference,
    destination: allowedDestination(destination, allowance),
  };
  return { plan: await preparePlan(wanted), reference };
}

/**
 * The recipe that a request names or contains. A name is a preset's, never a path: requests must not read files of this
 * machine.
 *
 * @throws RecipeNotFound, RecipeInvalid
 */
export function resolveRecipe(given: string | Readonly<Record<string, unknown>>): Recipe {
  if (typeof given === 'string') {
    if (findPreset(given) !== undefined) return presetRecipe(given);
    throw new TwinhullError('RecipeNotFound', `there is no preset ${quoted(given)}`, {
      hint: `name a preset (${presets.map(({ name }) => name).join(', ')}), or send the recipe itself`,
    });
  }
  const reading = readRecipe(given);
  if ('recipe' in reading) return reading.recipe;
  throw recipeInvalid('recipe', reading.problems.slice(0, 20));
}
