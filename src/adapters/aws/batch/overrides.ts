import { type BatchVariable, jobBudget } from '../../../builder/batch-limits.ts';
import { recipeField } from '../../../builder/recipe-field.ts';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';

/** The only part of a job definition that a build overrides. */
export interface ContainerOverrides {
  readonly environment: readonly BatchVariable[];
}

/** @throws RecipeInvalid when the overrides are longer than `jobBudget`; nothing has been sent then */
export function containerOverrides(environment: Readonly<Record<string, string>>): ContainerOverrides {
  const overrides = { environment: Object.entries(environment).map(([name, value]) => ({ name, value })) };
  const { length } = JSON.stringify(overrides);
  if (length <= jobBudget) return overrides;
  const [name = '', value = ''] =
    Object.entries(environment).sort(([, one], [, other]) => other.length - one.length)[0] ?? [];
  const field = recipeField(name, environment) ?? name;
  throw new TwinhullError(
    'RecipeInvalid',
    `${field} is too long for AWS Batch: it makes the environment of a job ${String(length)} characters long, and Batch accepts ${String(jobBudget)} in addition to the job definition; the longest variable is ${name}, ${String(value.length)} characters`,
    {
      hint: `shorten ${field}: move an inline Dockerfile, long arguments or long commands into files of the repository`,
    },
  );
}
