import { resolveReference } from '../adapters/git/git-remote.ts';
import { loadRecipe } from '../adapters/recipe-file/load-recipe.ts';
import { parseRepository } from '../domain/git-repository.ts';
import type { Destination, Plan } from '../domain/plan.ts';
import { planBuild } from '../domain/planner.ts';
import type { Recipe } from '../domain/recipe.ts';
import type { Settings } from '../settings/settings.ts';
import { findDestination } from './destination.ts';
import { findSource } from './find-source.ts';
import { openSecrets } from './open-secrets.ts';

/** What a user says of a build; settings and the folder they stand in say the rest. */
export interface PlanOptions {
  readonly recipe?: string | undefined;
  readonly repository?: string | undefined;
  /** Branch, tag, or commit of 7 to 40 digits. */
  readonly reference?: string | undefined;
  readonly destination?: string | undefined;
}

export interface PreparedPlan {
  readonly plan: Plan;
  readonly reference: string;
}

/**
 * Works out what to build, down to the last tag. Runs nothing; asks the git server only where a branch, a tag or a
 * short hash has to be resolved.
 *
 * @throws RecipeNotFound, RecipeInvalid, RepositoryInvalid, ReferenceInvalid, CommitNotFound, GitAccessDenied,
 *   GitUnreachable, ImageReferenceInvalid, ArgumentInvalid; where ECR is asked for the destination, also
 *   RegistryAccessDenied, RegistryRefused, RegistryUnreachable
 */
export async function preparePlan(options: PlanOptions, settings: Settings, cwd: string): Promise<PreparedPlan> {
  const recipe = await loadRecipe(options.recipe ?? settings.recipe, { cwd });
  const destination = await findDestination(options.destination, settings);
  return planReference({ recipe, ...(await findSource(options, settings, cwd)), destination }, settings);
}

/** A build of which everything is said. */
export interface PlanReference {
  readonly recipe: Recipe;
  readonly repository: string;
  readonly reference: string;
  /** A branch that has the commit, where `reference` does not say. */
  readonly branch?: string | undefined;
  readonly destination: Destination;
}

/**
 * The same without a folder to stand in.
 *
 * @throws RepositoryInvalid, ReferenceInvalid, CommitNotFound, GitAccessDenied, GitUnreachable
 */
export async function planReference(of: PlanReference, settings: Settings): Promise<PreparedPlan> {
  const { recipe, reference, destination } = of;
  const repository = parseRepository(of.repository);
  const secrets = await openSecrets(settings);
  const { commit, branch = of.branch } = await resolveReference(repository, reference, {
    token: () => secrets.gitToken(repository),
    caFile: settings.gitCaFile,
  });
  return { plan: planBuild({ recipe, repository, commit, branch, destination }), reference };
}
