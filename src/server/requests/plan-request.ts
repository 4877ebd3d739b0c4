import type * as z from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Plan } from '../../domain/plan.ts';
import { allowedDestination, allowedRepository } from '../allowance.ts';
import type { ServerParts } from '../parts.ts';
import type { planBody } from '../schemas/request-schemas.ts';
import { resolveRecipe } from './resolve-recipe.ts';

/** The plan of a request, and the reference as the client named it. */
export interface RequestedPlan {
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
