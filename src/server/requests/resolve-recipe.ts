import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { quoted } from '../../domain/quoted.ts';
import type { Recipe } from '../../domain/recipe.ts';
import { findPreset, presets } from '../../recipes/presets.ts';
import { presetRecipe, readRecipe } from '../../recipes/read-recipe.ts';
import { recipeInvalid } from '../../recipes/recipe-problem.ts';

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
