import { parseDuration } from '../domain/duration.ts';
import type { CheckoutOptions } from '../domain/plan.ts';
import { quoted } from '../domain/quoted.ts';
import type { Recipe } from '../domain/recipe.ts';
import { checkImages } from './check-images.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Preset } from './preset.ts';
import { findPreset, presets } from './presets.ts';
import {
  type ImagesDocument,
  imagesDocument,
  type RecipeDocument,
  recipeDocument,
  timeouts,
} from './recipe-document.ts';
import { type LocatedProblem, type RecipeProblem, recipeInvalid } from './recipe-problem.ts';
import { resolveImages } from './resolve-images.ts';
import { type SourceOf, schemaProblems } from './schema-problems.ts';
import { readYaml } from './yaml-source.ts';

/** A recipe, or everything that is wrong with it: never only the first problem. */
export type RecipeReading<Problem> = { readonly recipe: Recipe } | { readonly problems: readonly Problem[] };

/** More problems are of no use to a reader, and each has to be located in the text. */
const mostProblems = 100;

/**
 * Parses a recipe file's text. `file` is its name in errors. @throws RecipeInvalid: every problem with line and column
 */
export function parseRecipe(text: string, file: string): Recipe {
  const reading = readRecipeText(text);
  if ('recipe' in reading) return reading.recipe;
  throw recipeInvalid(file, reading.problems);
}

/** The built-in recipe of that name. @throws RecipeInvalid when it or one of its options does not exist */
export function presetRecipe(name: string, options: Readonly<Record<string, unknown>> = {}): Recipe {
  const reading = readRecipe({ version: 1, preset: name, with: options });
  if ('recipe' in reading) return reading.recipe;
  throw recipeInvalid(`preset ${name}`, reading.problems);
}

/** Reads YAML without throwing: at most 100 problems, in the order of the text. */
export function readRecipeText(text: string): RecipeReading<LocatedProblem> {
  const source = readYaml(text);
  if (source.problems.length > 0) return { problems: source.problems };
  const reading = readRecipe(source.data, source.sourceOf);
  if ('recipe' in reading) return reading;
  return { problems: reading.problems.slice(0, mostProblems).map(source.locate).sort(byPosition) };
}

/** Reads a recipe from plain data, for callers of the library. */
export function readRecipe(data: unknown, sourceOf?: SourceOf): RecipeReading<RecipeProblem> {
  const parsed = recipeDocument.safeParse(data);
  if (!parsed.success) return { problems: schemaProblems(parsed.error.issues, { input: data, sourceOf }) };
  const document = parsed.data;
  const expanded = expandPreset(document, sourceOf);
  if ('problems' in expanded) return expanded;
  const problems = [...checkAlias(document), ...checkImages(expanded.images)];
  if (problems.length > 0) return { problems };
  return { recipe: resolveRecipe(document, expanded) };
}

interface Expanded {
  readonly images: ImagesDocument;
  readonly name: string;
  readonly preset?: Preset;
}

function expandPreset(
  document: RecipeDocument,
  sourceOf: SourceOf | undefined,
): Expanded | { problems: RecipeProblem[] } {
  if (document.preset === undefined) return expandImages(document);
  const preset = findPreset(document.preset);
  if (preset === undefined) {
    const reason = `no such preset ${quoted(document.preset)}${didYouMean(
      document.preset,
      presets.map(({ name }) => name),
    )}`;
    return { problems: [{ path: ['preset'], reason }] };
  }
  if (document.images !== undefined) {
    return { problems: [{ path: ['images'], reason: 'both preset and images are given: leave one out', key: true }] };
  }
  const input = document.with ?? {};
  const options = preset.options.safeParse(input);
  if (!options.success) return { problems: schemaProblems(options.error.issues, { input, base: ['with'], sourceOf }) };
  return { images: imagesDocument.parse(preset.images(options.data)), name: document.name ?? preset.name, preset };
}

function expandImages({ images, name, with: options }: RecipeDocument): Expanded | { problems: RecipeProblem[] } {
  if (images === undefined) return { problems: [{ path: [], reason: 'it defines no images: give images or preset' }] };
  if (options !== undefined)
    return {
      problems: [{ path: ['with'], reason: 'these are options of a preset, and no preset is named', key: true }],
    };
  if (name === undefined) return { problems: [{ path: ['name'], reason: 'is missing' }] };
  return { images, name };
}

function resolveRecipe(document: RecipeDocument, { images, name, preset }: Expanded): Recipe {
  const { wait, run } = document.timeouts ?? timeouts.parse({});
  return {
    name,
    ...(preset && { preset: { name: preset.name, version: preset.version } }),
    checkout: resolveCheckout(document),
    ...(document.on?.push && { pushBranches: document.on.push.branches, pushWhenBusy: document.on.push.whenBusy }),
    timeouts: {
      waitSeconds: parseDuration(wait) ?? 0,
      ...(run !== undefined && { runSeconds: parseDuration(run) ?? 0 }),
    },
    images: resolveImages(images),
  };
}

function checkAlias({ submodules, checkout }: RecipeDocument): RecipeProblem[] {
  if (submodules === undefined || checkout?.submodules === undefined) return [];
  return [{ path: ['submodules'], reason: 'checkout.submodules is given too: leave one out', key: true }];
}

function resolveCheckout({ submodules, checkout = {} }: RecipeDocument): CheckoutOptions {
  const { lfs, tags, submodules: own = submodules, depth = tags === true ? 'full' : undefined } = checkout;
  return {
    ...(lfs !== undefined && { lfs }),
    ...(own !== undefined && { submodules: own }),
    ...(depth !== undefined && { depth }),
    ...(tags === true && { tags }),
  };
}

function byPosition(a: LocatedProblem, b: LocatedProblem): number {
  return (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0);
}
