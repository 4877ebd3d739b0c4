import { readCommitted } from '../adapters/git/detect-repository.ts';
import type { Plan } from '../domain/plan.ts';
import { dockerfilePaths, planWarnings } from '../recipes/plan-warnings.ts';

/** The warnings of a plan; its Dockerfiles are read if `folder` is in a clone that has the commit. */
export async function warnOfPlan(plan: Plan, folder: string): Promise<readonly string[]> {
  const read = dockerfilePaths(plan).map(async (path) => {
    const text = await readCommitted(folder, plan.source.commit, path);
    return text === undefined ? [] : [[path, text] as const];
  });
  return planWarnings(plan, new Map((await Promise.all(read)).flat()));
}
