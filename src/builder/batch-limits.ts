/**
 * Limits that AWS Batch shares with ECS RunTask, in characters of JSON:
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html. Batch accepts more and then fails the job
 * with "Container Overrides length must be at most 8192". The command and environment of a job definition may count
 * too, so the 8,192 characters are divided between the definition, the build and Batch itself.
 */
const longestOverrides = 8192;

/** For the variables that Batch adds: ids and names of job, attempt, queue and compute environment. */
const addedByBatch = 512;

/** For the command and environment of the job definition. */
export const definitionBudget = 2048;

/** For the environment of one job. */
export const jobBudget = longestOverrides - addedByBatch - definitionBudget;

/** A variable as Batch takes it. */
export interface BatchVariable {
  readonly name: string;
  readonly value: string;
}

/** How many of the 8,192 characters a job definition uses. */
export function definitionLength(command: readonly string[], environment: readonly BatchVariable[]): number {
  return JSON.stringify({ command, environment }).length;
}
