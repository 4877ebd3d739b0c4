import { resolveReference } from '../adapters/git/resolve-reference.ts';
import { loadRecipe } from '../adapters/recipe-file/load-recipe.ts';
import { readSecretRules } from '../adapters/secrets/read-secret-rules.ts';
import { refuseSecrets } from '../domain/build-secrets.ts';
import { coversRepository, parseRepository } from '../domain/git-repository.ts';
import type { Destination, Plan } from '../domain/plan.ts';
import { planBuild } from '../domain/planner.ts';
import type { Recipe } from '../domain/recipe.ts';
import type { Settings } from '../settings/settings.ts';
import { findDestination } from './destination.ts';
import { findSource, type PlanOptions } from './find-source.ts';
import { refuseLongJobs } from './job-options.ts';
import { openSecrets } from './open-secrets.ts';

/** A plan, and the reference as the user named it or as it was detected. */
export interface PreparedPlan {
  readonly plan: Plan;
  readonly reference: string;
}

/**
 * Prepares the complete plan of a build, including its tags. Runs nothing; asks the git server only when a branch, a
 * tag or a short hash must be resolved.
 *
 * @throws RecipeNotFound, RecipeInvalid, RepositoryInvalid, ReferenceInvalid, CommitNotFound, GitAccessDenied,
 * GitUnreachable, ImageReferenceInvalid, ArgumentInvalid, SecretNotAllowed; where ECR is asked for the destination,
 * also RegistryAccessDenied, RegistryRefused, RegistryUnreachable
 */
export async function preparePlan(options: PlanOptions, settings: Settings, cwd: string): Promise<PreparedPlan> {
  const recipe = await loadRecipe(options.recipe ?? settings.recipe, { cwd });
  const destination = await findDestination(options.destination, settings);
  const source = await findSource(options, settings, cwd);
  const origin = originOf(options.recipe ?? settings.recipe, source.repository, settings);
  return planReference({ recipe, ...source, destination, origin }, settings);
}

/** A recipe found in the folder belongs to the repository, and to the operator only if the repository does. */
function originOf(named: string | undefined, repository: string, settings: Settings): 'operator' | undefined {
  const own = settings.repository;
  const isOwn = own !== undefined && coversRepository(own, parseRepository(repository));
  return named !== undefined || isOwn ? 'operator' : undefined;
}

/** A fully specified build. */
export interface PlanReference {
  readonly recipe: Recipe;
  readonly repository: string;
  readonly reference: string;
  /** A branch that contains the commit, where `reference` is not a branch. */
  readonly branch?: string | undefined;
  readonly destination: Destination;
  /** Set for a recipe that the operator named. */
  readonly origin?: 'operator' | undefined;
}

/**
 * The same without a working folder.
 *
 * @throws RepositoryInvalid, ReferenceInvalid, CommitNotFound, GitAccessDenied, GitUnreachable, SecretNotAllowed
 */
export async function planReference(of: PlanReference, settings: Settings): Promise<PreparedPlan> {
  const { recipe, reference, destination } = of;
  const repository = parseRepository(of.repository);
  const secrets = await openSecrets(settings);
  const {
    commit,
    branch = of.branch,
    ref,
  } = await resolveReference(repository, reference, {
    credential: (url) => secrets.gitCredential(url),
    caFile: settings.gitCaFile,
  });
  const longestRunSeconds = settings.backend === 'aws' ? settings.aws.longestRunSeconds : undefined;
  const plan = planBuild({
    recipe,
    repository,
    commit,
    branch,
    ref,
    destination,
    origin: of.origin,
    longestRunSeconds,
  });
  refuseSecrets(plan, await readSecretRules(settings.secretRulesFile));
  refuseLongJobs(plan, settings);
  return { plan, reference };
}
