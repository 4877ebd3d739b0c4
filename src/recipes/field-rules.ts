import * as z from 'zod';
import { durationPattern, parseDuration } from '../domain/duration.ts';
import { refNameProblem } from '../domain/git-reference.ts';
import { didYouMean } from './did-you-mean.ts';

/** The forms of single values in a recipe. Each message describes the expected form. */

const namePattern = /^(?=[a-z0-9._-]*[a-z])[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Part of tags and variables, so its length is bounded: a tag has at most 128 characters. */
export const imageName = z
  .string()
  .max(40, { error: 'a name has at most 40 characters' })
  .regex(namePattern, { error: 'a name is lower-case letters and digits, with single . _ - between them' });

/** Only the exact names: a recipe has one spelling for each platform. */
export const platformName = z.enum(['linux/arm64', 'linux/amd64'], {
  error: ({ input }) => `no such platform${didYouMean(String(input), ['linux/arm64', 'linux/amd64'])}`,
});

/** A path relative to the root of the repository, unchanged. */
export const repositoryPath = z
  .string()
  .min(1, { error: 'a path must not be empty' })
  .max(512, { error: 'a path has at most 512 characters' })
  .regex(/^(?!\/)/, { error: 'a path is relative to the root of the repository: drop the leading /' })
  .regex(/^(?!(?:.*\/)?\.\.(?:\/|$))/s, { error: 'a path must not leave the repository by ..' })
  .regex(/^(?!-)[^\\:\u0000-\u001f\u007f]*$/, {
    error: 'a path must not begin with a dash, nor hold a colon, backslash or control character',
  });

const text = z
  .string()
  .regex(/^[^\u0000]*$/, { error: 'a value must not hold a NUL character' })
  .refine((value) => !/\p{Surrogate}/u.test(value), { error: 'a value must be valid Unicode' });

/** Any text that can be passed as an argument or a variable. */
export const plainText = text.max(4096, { error: 'a value has at most 4,096 characters' });

/** Bounded because it travels in a variable of the job, and AWS bounds all variables of a job together. */
export const dockerfileText = text
  .regex(/\S/, { error: 'an inline Dockerfile is not empty' })
  .max(32_000, { error: 'an inline Dockerfile has at most 32,000 characters' });

/** A build argument, or a variable of a script. */
export const variableName = z
  .string()
  .max(128, { error: 'a name has at most 128 characters' })
  .regex(/^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/, {
    error: 'a name is letters, digits and _, and does not begin with a digit',
  });

/** Variables by which the builder restricts a script to its own tags and credentials. */
const builderVariables =
  /^(?!(?:PATH|BASH_ENV|DOCKER_CONFIG|DOCKER_CONTEXT|DOCKER_HOST|DOCKER_DEFAULT_PLATFORM)$|TWINHULL_)/;

/** A variable that a recipe may set for a script, without overriding one of the builder. */
export const scriptVariableName = variableName.regex(builderVariables, {
  error: 'the builder sets this variable itself',
});

/** The id of `--mount=type=secret`, also the name of its file in the job. */
export const secretId = z
  .string()
  .max(64, { error: 'an id has at most 64 characters' })
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, {
    error: 'an id is letters, digits and _ . -, and does not begin with a dot or dash',
  });

/** The name of a stage in a Dockerfile, with placeholders. */
export const stageName = z
  .string()
  .max(128, { error: 'a name has at most 128 characters' })
  .regex(/^(?:[A-Za-z0-9]|\{[a-z]+\})(?:[A-Za-z0-9_.-]|\{[a-z]+\})*$/, {
    error: 'a stage is letters, digits and _ . -',
  });

/** The name of a stage that is built once: without placeholders, which could depend on the commit. */
export const onceStage = z
  .string()
  .max(128, { error: 'a name has at most 128 characters' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: 'a stage is letters, digits and _ . -, without placeholders' });

/** The name of a branch, or a pattern with stars for several. */
export const branchPattern = z
  .string({ error: 'expected the name of a branch, such as main or release/*' })
  .max(244, { error: 'the name of a branch has at most 244 characters' })
  .regex(/^(?!refs\/)/, { error: 'name the branch alone, without refs/heads/' })
  .refine((value) => refNameProblem(value.replaceAll('*', 'x')) === undefined, {
    error: 'git allows no branch of this name; a star matches any part of a name',
  });

const day = 86_400;

/** From one second to seven days. */
export const duration = z
  .string({ error: 'expected a duration such as 90m, 2h or 1h30m' })
  .regex(durationPattern, { error: 'a duration is written like 45s, 90m, 2h or 1h30m' })
  .refine((value) => inBounds(parseDuration(value)), { error: 'a duration lies between 1s and 7d' });

function inBounds(seconds: number | undefined): boolean {
  return seconds === undefined || (seconds >= 1 && seconds <= 7 * day);
}

/** Each suggestion costs a comparison with all known keys, and more unknown keys than this are not misspellings. */
const mostSuggestions = 5;

/**
 * An object that refuses unknown keys. Its message has one line per key, in the order of the issue's `keys`.
 * @param unsupported messages for keys that users may expect
 */
export function strictObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  unsupported: Readonly<Record<string, string>> = {},
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  const problem = (key: string, at: number): string => {
    if (Object.hasOwn(unsupported, key)) return unsupported[key] ?? '';
    return `unknown key${at < mostSuggestions ? didYouMean(key, known) : ''}`;
  };
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map(problem).join('\n') : undefined),
  });
}
