import type { Recipe } from '../../domain/recipe.ts';

/** What the webhook of GitHub works with. */
export interface GitHubPushes {
  /** Secrets that a signature may be made with; at least one, read anew each time. @throws SettingInvalid */
  readonly secrets: () => Promise<readonly string[]>;
  /** What pushes may build, read anew each time. @throws RecipeNotFound, RecipeInvalid */
  readonly recipes: () => Promise<readonly PushRecipe[]>;
}

/** A recipe that the operator gave the service. */
export interface PushRecipe {
  /** How the operator names it, and no other. */
  readonly source: string;
  /** The one repository that it is for; undefined where it is for any that may be built from. */
  readonly repository: string | undefined;
  readonly recipe: Recipe;
}
