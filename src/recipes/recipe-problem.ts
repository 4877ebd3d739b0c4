import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { visible } from '../domain/quoted.ts';

/** Path into the recipe: `['images', 'app', 'platforms', 0]`. */
export type RecipePath = readonly (string | number)[];

/** One thing that is wrong in a recipe, by its path in the document. */
export interface RecipeProblem {
  readonly path: RecipePath;
  /** What is wrong with the value or key, and what would be right. */
  readonly reason: string;
  /** True if the key itself is wrong, not its value. */
  readonly key?: boolean;
}

/** A place in the text of the recipe file. */
export interface Position {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** A problem with its place in the file; without one if the recipe was not read from text. */
export interface LocatedProblem extends RecipeProblem {
  readonly position?: Position | undefined;
}

/** One problem in the style of compilers, `file:line:column path: reason`, so that editors can jump to it. */
export function formatProblem(file: string, { position, path, reason }: LocatedProblem): string {
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return visible(path.length === 0 ? `${place}: ${reason}` : `${place}: ${formatPath(path)}: ${reason}`);
}

/** `images.app.tags[0]`, the form in which messages name a field. */
export function formatPath(path: RecipePath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** One error for all problems, each on its own line. */
export function recipeInvalid(file: string, problems: readonly LocatedProblem[]): TwinhullError {
  const lines = problems.map((problem) => formatProblem(file, problem));
  const message =
    lines.length === 1
      ? `the recipe has an error: ${lines[0]}`
      : `the recipe has ${lines.length} errors:\n${indented(lines)}`;
  const hint = lines.length === 1 ? undefined : 'correct the named lines, then run `twinhull plan`';
  return new TwinhullError('RecipeInvalid', message, { hint });
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
