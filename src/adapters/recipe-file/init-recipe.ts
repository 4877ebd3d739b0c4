import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { httpsEquivalent, parseRepository } from '../../domain/git-repository.ts';
import { originOf } from '../git/detect-repository.ts';
import { chooseContext } from './choose-context.ts';
import { type BuildFiles, findBuildFiles } from './find-build-files.ts';
import { findCheckoutNeeds } from './find-checkout-needs.ts';
import { asName, imageNameFor, unused } from './image-names.ts';
import { type FirstImage, imagesBody, presetBody } from './recipe-lines.ts';

/** Location of the schema in a repository that has Twinhull among its own packages. */
const schemaPath = 'node_modules/twinhull/schema/recipe.schema.json';

/** A recipe to start from. */
export interface FirstRecipe {
  /** Always parses. */
  readonly text: string;
  /** How each file was handled, one line each. */
  readonly notes: readonly string[];
}

/**
 * Derives a first recipe from the content of the repository in `folder`: vEcoli's build script gives the preset, each
 * Dockerfile an image. Writes nothing.
 */
export async function initRecipe(folder: string): Promise<FirstRecipe> {
  const [files, repository] = await Promise.all([findBuildFiles(folder), repositoryOf(folder)]);
  const [script, ...otherScripts] = files.pushScripts;
  const fallback = asName(basename(resolve(folder)), 'app');
  const images = script === undefined ? await imagesOf(folder, files, fallback) : [];
  const lines = [
    ...(existsSync(join(folder, schemaPath)) ? [`# yaml-language-server: $schema=./${schemaPath}`] : []),
    '# What Twinhull builds from a commit; show the resulting jobs: twinhull plan',
    ...(repository === undefined ? [] : [`# Repository: ${repository}`]),
    'version: 1',
    ...(await checkoutBody(folder)),
    ...(script === undefined ? imagesBody(fallback, images) : presetBody(script)),
  ];
  const left = script === undefined ? [] : [...otherScripts, ...files.dockerfiles.map(({ path }) => path)];
  return {
    text: `${lines.join('\n')}\n`,
    notes: [
      ...(script === undefined ? [] : [`${script}: the preset vecoli runs it`]),
      ...images.map(takenNote),
      ...left.map((path) => `${path}: skipped, the preset vecoli builds with ${script ?? 'a script'}`),
      ...files.leftOut.map(({ path, why }) => `${path}: skipped, ${why}`),
    ],
  };
}

async function imagesOf(folder: string, { dockerfiles }: BuildFiles, fallback: string): Promise<readonly FirstImage[]> {
  const used = new Set<string>();
  return Promise.all(
    dockerfiles.map(async (dockerfile) => {
      const image = unused(imageNameFor(dockerfile.path, fallback), used);
      return { image, path: dockerfile.path, ...(await chooseContext(folder, dockerfile)) };
    }),
  );
}

function takenNote({ image, path, context, missing }: FirstImage): string {
  const where = context === '.' ? '' : `, context ${context}`;
  return `${path}: image ${image}${where}${missing.length === 0 ? '' : `; not in its context: ${missing.join(', ')}`}`;
}

async function repositoryOf(folder: string): Promise<string | undefined> {
  try {
    const origin = await originOf(folder);
    return origin === undefined ? undefined : parseRepository(httpsEquivalent(origin) ?? origin);
  } catch {
    return undefined; // Only a comment is lost: the recipe itself needs no git.
  }
}

/** Without these fields, jobs that use a pointer file or an empty submodule fail. */
async function checkoutBody(folder: string): Promise<string[]> {
  const { lfs, submodules } = await findCheckoutNeeds(folder);
  const fields = [...(lfs ? ['lfs: true'] : []), ...(submodules ? ['submodules: true'] : [])];
  return fields.length === 0 ? [] : ['checkout:', ...fields.map((field) => `  ${field}`)];
}
