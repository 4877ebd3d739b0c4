import { readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { systemCodeOf } from '../../domain/errors/system-code.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { quoted, visible } from '../../domain/quoted.ts';
import type { Recipe } from '../../domain/recipe.ts';
import { findPreset, presets } from '../../recipes/presets.ts';
import { parseRecipe, presetRecipe } from '../../recipes/read-recipe.ts';
import { readYaml } from '../../recipes/yaml-source.ts';

/** Default file names of a recipe, in order of precedence. */
export const recipeFileNames = ['twinhull.yaml', 'twinhull.yml'] as const;

/**
 * The recipe of that preset or file; without a name, the one in `cwd`. A file takes precedence over a preset of the
 * same name only when given as a path (`./vecoli`). A folder means the recipe in it.
 *
 * @throws RecipeNotFound, RecipeInvalid (naming line and column)
 */
export async function loadRecipe(nameOrPath: string | undefined, { cwd }: { readonly cwd: string }): Promise<Recipe> {
  const found = await findRecipe(nameOrPath, cwd);
  return 'preset' in found ? presetRecipe(found.preset) : parseRecipe(found.text, found.file);
}

/**
 * The same in the form that a service accepts: the preset's name, or the content of the file, checked to be a recipe.
 *
 * @throws RecipeNotFound, RecipeInvalid (naming line and column)
 */
export async function loadRecipeToSend(
  nameOrPath: string | undefined,
  { cwd }: { readonly cwd: string },
): Promise<string | Record<string, unknown>> {
  const found = await findRecipe(nameOrPath, cwd);
  if ('preset' in found) return found.preset;
  parseRecipe(found.text, found.file);
  return readYaml(found.text).data as Record<string, unknown>;
}

type FoundRecipe = { readonly preset: string } | { readonly text: string; readonly file: string };

async function findRecipe(nameOrPath: string | undefined, cwd: string): Promise<FoundRecipe> {
  if (nameOrPath !== undefined && findPreset(nameOrPath) !== undefined) return { preset: nameOrPath };
  const candidates =
    nameOrPath === undefined ? recipeFileNames.map((name) => join(cwd, name)) : candidatesFor(resolve(cwd, nameOrPath));
  for (const path of candidates) {
    const text = await readIfThere(path);
    if (text !== undefined) return { text, file: nameFor(path, cwd) };
  }
  throw notFound(nameOrPath, cwd);
}

function candidatesFor(path: string): readonly string[] {
  return [path, ...recipeFileNames.map((name) => join(path, name))];
}

/** The last two: no file can have such a name. */
const notThere: ReadonlySet<string> = new Set(['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']);

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return decodeUtf8(await readFile(path), path);
  } catch (error) {
    if (TwinhullError.is(error)) throw error;
    if (notThere.has(systemCodeOf(error))) return undefined;
    throw new TwinhullError('RecipeNotFound', `cannot read the recipe ${visible(path)}: ${reasonOf(error)}`, {
      cause: error,
      hint: 'check the permissions of the file',
    });
  }
}

function decodeUtf8(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TwinhullError('RecipeInvalid', `the recipe ${visible(path)} is not valid UTF-8`, {
      cause,
      hint: 'save the file as UTF-8',
    });
  }
}

/** In the form that the user would write, so that terminals and editors find the file. */
function nameFor(path: string, cwd: string): string {
  const shorter = relative(cwd, path);
  return shorter.startsWith('..') ? path : shorter === '' ? basename(path) : shorter;
}

function notFound(nameOrPath: string | undefined, cwd: string): TwinhullError {
  const known = presets.map(({ name }) => name).join(', ');
  if (nameOrPath === undefined) {
    return new TwinhullError('RecipeNotFound', `${cwd} has no ${recipeFileNames[0]}, and no recipe was named`, {
      hint: `write one with \`twinhull init\`, or name a preset: ${known}`,
    });
  }
  return new TwinhullError(
    'RecipeNotFound',
    `no recipe ${quoted(nameOrPath)}: there is no such file in ${cwd}, and no preset of that name`,
    {
      hint: `name a file, or a preset: ${known}`,
    },
  );
}
