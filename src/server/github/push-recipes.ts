import type { Recipe } from '../../domain/recipe.ts';

/** The configuration of the GitHub webhook. */
export interface GitHubPushes {
  /** Accepted secrets of signatures; at least one, read again for each push. @throws SettingInvalid */
  readonly secrets: () => Promise<readonly string[]>;
  /** What pushes may build, read again for each push. @throws RecipeNotFound, RecipeInvalid */
  readonly recipes: () => Promise<readonly PushRecipe[]>;
}

/** A recipe that the operator gave the service. */
export interface PushRecipe {
  /** The operator's unique name for it. */
  readonly source: string;
  /** The only repository that it applies to; undefined when it applies to every allowed repository. */
  readonly repository: string | undefined;
  readonly recipe: Recipe;
}
