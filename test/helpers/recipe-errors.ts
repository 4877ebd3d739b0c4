import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { parseRecipe } from '../../src/recipes/read-recipe.ts';

/** The errors that a recipe's author sees, line by line, without the file's name. */
export function errorsOf(text: string): string[] {
  try {
    parseRecipe(text, 'twinhull.yaml');
  } catch (error) {
    if (TwinhullError.is(error, 'RecipeInvalid'))
      return error.message.match(/twinhull\.yaml.*/g)?.map((line) => line.replace('twinhull.yaml', '')) ?? [];
  }
  throw new Error('the recipe was not refused');
}

/** A recipe around its images. */
export const images = (body: string): string => `version: 1\nname: x\nimages:\n${body}`;
