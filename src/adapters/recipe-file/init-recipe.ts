import { access } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import { httpsEquivalent, parseRepository } from '../../domain/git-repository.ts';
import { originOf } from '../git/detect-repository.ts';
import { type ChosenContext, chooseContext } from './choose-context.ts';
import { type BuildFiles, findBuildFiles } from './find-build-files.ts';
import { findCheckoutNeeds } from './find-checkout-needs.ts';

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
  const [files, repository, hasSchema] = await Promise.all([
    findBuildFiles(folder),
    repositoryOf(folder),
    isThere(join(folder, schemaPath)),
  ]);
  const [script, ...otherScripts] = files.pushScripts;
  const fallback = asName(basename(resolve(folder)), 'app');
  const images = script === undefined ? await imagesOf(folder, files, fallback) : [];
  const lines = [
    ...(hasSchema ? [`# yaml-language-server: $schema=./${schemaPath}`] : []),
    '# What Twinhull builds from a commit; show the resulting jobs: twinhull plan',
    ...(repository === undefined ? [] : [`# Repository: ${repository}`]),
    'version: 1',
    ...(await checkoutBody(folder)),
    ...(script === undefined ? imagesBody(fallback, images) : presetBody(script)),
  ];
  const unused = script === undefined ? [] : [...otherScripts, ...files.dockerfiles.map(({ path }) => path)];
  return {
    text: `${lines.join('\n')}\n`,
    notes: [
      ...(script === undefined ? [] : [`${script}: the preset vecoli runs it`]),
      ...images.map(takenNote),
      ...unused.map((path) => `${path}: skipped, the preset vecoli builds with ${script ?? 'a script'}`),
      ...files.leftOut.map(({ path, why }) => `${path}: skipped, ${why}`),
    ],
  };
}

interface FirstImage extends ChosenContext {
  readonly image: string;
  readonly path: string;
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

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
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

function presetBody(script: string): string[] {
  const usual = script === 'runscripts/container/build-and-push-ecr.sh';
  return [
    "# The task image by the repository's own script, for arm64 and amd64; on it the submit image, with Java and Nextflow.",
    'preset: vecoli',
    ...(usual ? [] : ['with:', `  script: ${yamlText(script)}`]),
  ];
}

function imagesBody(name: string, images: readonly FirstImage[]): string[] {
  if (images.length === 0) {
    return [
      '# No Dockerfile was found here: name the one that builds the image.',
      `name: ${yamlText(name)}`,
      'images:',
      ...imageBody({ image: name, path: 'Dockerfile', context: '.', missing: [] }),
    ];
  }
  return [`name: ${yamlText(name)}`, 'images:', ...images.flatMap(imageBody)];
}

function imageBody({ image, path, context, missing }: FirstImage): string[] {
  return [
    `  ${yamlText(image)}:`,
    '    platforms: [linux/arm64, linux/amd64]',
    '    dockerfile:',
    `      path: ${yamlText(path)}`,
    ...(context === '.' ? [] : [`      context: ${yamlText(context)}`]),
    ...missing.map((source) => `      # the context has no ${yamlText(source)}, which the Dockerfile copies`),
    '    # verify:             # commands that must succeed in the new image',
    `    #   - [${image}, --version]`,
  ];
}

/** `Dockerfile` -> the repository's name, `Dockerfile.worker` and `worker/Dockerfile` -> `worker`. */
function imageNameFor(path: string, repository: string): string {
  const file = posix.basename(path);
  const own = file.replace(/^(?:dockerfile|containerfile)(?:[.-]|$)/i, '').replace(/\.(?:docker|container)file$/i, '');
  const folder = posix.dirname(path) === '.' ? '' : posix.basename(posix.dirname(path));
  return asName(own || folder, repository);
}

function asName(text: string, fallback: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 36)
    .replace(/-+$/, '');
  return /[a-z]/.test(name) ? name : fallback;
}

function unused(name: string, used: Set<string>): string {
  let candidate = name;
  for (let count = 2; used.has(candidate); count++) candidate = `${name}-${count}`;
  used.add(candidate);
  return candidate;
}

/** Quoted only where YAML would not read it as text. */
function yamlText(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
