import type { DockerfileBuild, PlannedRecipe, ScriptBuild } from './plan.ts';
import type { Platform } from './platform.ts';

/** What to build, whatever the commit: checked, with every default filled in. `planBuild` makes a plan of it. */
export interface Recipe extends PlannedRecipe {
  readonly submodules: boolean;
  readonly timeouts: { readonly waitSeconds: number; readonly runSeconds: number };
  /** Patterns of the branches whose pushes start a build of it, where a service was given it. @default none */
  readonly pushBranches?: readonly string[];
  /** In the order of the recipe; at least one, no cycles, every base among them. */
  readonly images: readonly RecipeImage[];
}

export interface RecipeImage {
  readonly name: string;
  /** Never empty, and never one that the base lacks. */
  readonly platforms: readonly Platform[];
  readonly from?: { readonly image: string; readonly argument: string };
  readonly build: ScriptBuild | DockerfileBuild;
  readonly verify: readonly (readonly string[])[];
  readonly tags: readonly RecipeTag[];
}

export interface RecipeTag {
  /** The tag, its placeholders not yet filled in. */
  readonly template: string;
  readonly moving: boolean;
}

/** Build argument that carries an image's base, unless the recipe names another. */
export const defaultBaseArgument = 'BASE_IMAGE';

/**
 * Images in an order in which each comes after its base, otherwise as given. Undefined where they stand on each
 * other in a circle; a base that is none of them counts as built.
 */
export function orderByBase<
  Image extends { readonly name: string; readonly from?: { readonly image: string } | undefined },
>(images: readonly Image[]): readonly Image[] | undefined {
  const waiting = [...images];
  const ordered: Image[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ from }) => !waiting.some(({ name }) => name === from?.image));
    if (next < 0) return undefined;
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}
