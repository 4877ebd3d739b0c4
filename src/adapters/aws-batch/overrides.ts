import { TwinhullError } from '../../errors/twinhull-error.ts';

export interface ContainerOverrides {
  readonly environment: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Batch accepts overrides of any length and then fails the job with "Container Overrides length must be at most 8192".
 * The limit is that of ECS RunTask, in characters of JSON:
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
const longest = 8192;

/** Kept for the variables that Batch adds: ids and names of job, attempt, queue and compute environment. */
const addedByBatch = 512;

/** @throws RecipeInvalid when they are longer than Batch takes: nothing was sent */
export function containerOverrides(environment: Readonly<Record<string, string>>): ContainerOverrides {
  const overrides = { environment: Object.entries(environment).map(([name, value]) => ({ name, value })) };
  const { length } = JSON.stringify(overrides);
  if (length <= longest - addedByBatch) return overrides;
  const [name = '', value = ''] =
    Object.entries(environment).sort(([, one], [, other]) => other.length - one.length)[0] ?? [];
  throw new TwinhullError(
    'RecipeInvalid',
    `what the recipe tells this job is ${String(length)} characters long, and AWS Batch takes ${String(longest - addedByBatch)}; the longest part is ${name}, ${String(value.length)} characters`,
    { hint: 'move an inline Dockerfile, long arguments or long verify commands into files of the repository' },
  );
}
