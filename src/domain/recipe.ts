import type { CheckoutOptions, DockerfileBuild, PlannedRecipe, ScriptBuild } from './plan.ts';
import type { Platform } from './platform.ts';
import type { WhenBusy } from './queue-policy.ts';

/** What to build, independent of the commit: checked, with every default filled in. `planBuild` makes a plan of it. */
export interface Recipe extends PlannedRecipe {
  readonly checkout: CheckoutOptions;
  readonly timeouts: {
    readonly waitSeconds: number;
    /** @default `defaultRunSeconds`, or the backend's limit if that is less */
    readonly runSeconds?: number;
  };
  /** Patterns of the branches whose pushes start a build of it, if the recipe was given to a service. @default none */
  readonly pushBranches?: readonly string[];
  /** What happens to a push while an earlier build is going to publish the same tags. @default 'queue-newest' */
  readonly pushWhenBusy?: WhenBusy;
  /** In the order of the recipe; at least one, no cycles, and every base is among them. */
  readonly images: readonly RecipeImage[];
}

/** 3 hours. */
export const defaultRunSeconds = 10_800;

/** An image of a recipe, with all defaults filled in. */
export interface RecipeImage {
  readonly name: string;
  /** Never empty, and only platforms of the base. */
  readonly platforms: readonly Platform[];
  readonly from?: { readonly image: string; readonly argument: string };
  /** `independent`: its programs need not be of the platform that it is built for. */
  readonly architecture?: 'independent';
  readonly build: ScriptBuild | RecipeDockerfileBuild;
  readonly verify: readonly (readonly string[])[];
  readonly tags: readonly RecipeTag[];
}

/** As in a plan, but with placeholders, and with a Dockerfile for each platform. */
export interface RecipeDockerfileBuild extends Omit<DockerfileBuild, 'dockerfile'> {
  readonly dockerfile:
    | DockerfileBuild['dockerfile']
    /** Has an entry for each platform of its image. */
    | { readonly paths: Readonly<Partial<Record<Platform, string>>> };
}

/** A tag that an image is published under. */
export interface RecipeTag {
  /** The tag with its placeholders. */
  readonly template: string;
  readonly moving: boolean;
}

/** Build argument that passes an image's base, unless the recipe names another. */
export const defaultBaseArgument = 'BASE_IMAGE';

/**
 * Sorts images so that each comes after its base, otherwise as given. Undefined if their bases form a cycle; a base
 * that is not among them counts as built.
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
