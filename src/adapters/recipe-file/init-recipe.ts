import { access } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import { httpsEquivalent, parseRepository } from '../../domain/git-repository.ts';
import { originOf } from '../git/detect-repository.ts';
import { type BuildFiles, findBuildFiles } from './find-build-files.ts';

/** Where the schema stands in a repository that has Twinhull among its own packages. */
const schemaPath = 'node_modules/twinhull/schema/recipe.schema.json';

/**
 * The text of a first recipe for the repository in `folder`, made from what stands in it: vEcoli's build script gives
 * the preset, each Dockerfile an image. Writes nothing; what it returns always parses.
 */
export async function initRecipe(folder: string): Promise<string> {
  const [files, repository, hasSchema] = await Promise.all([
    findBuildFiles(folder),
    repositoryOf(folder),
    isThere(join(folder, schemaPath)),
  ]);
  const [script] = files.pushScripts;
  const lines = [
    ...(hasSchema ? [`# yaml-language-server: $schema=./${schemaPath}`] : []),
    '# What Twinhull builds from a commit; see it worked out: twinhull plan',
    ...(repository === undefined ? [] : [`# Repository: ${repository}`]),
    'version: 1',
    ...(script === undefined ? imagesBody(asName(basename(resolve(folder)), 'app'), files) : presetBody(script)),
  ];
  return `${lines.join('\n')}\n`;
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
    return undefined; // A comment less: the recipe itself needs no git.
  }
}

function presetBody(script: string): string[] {
  const usual = script === 'runscripts/container/build-and-push-ecr.sh';
  return [
    "# The task image by the repository's own script, for arm64 and amd64; on it the submit image, with Java and Nextflow.",
    'preset: vecoli',
    ...(usual ? [] : ['with:', `  script: ${yamlText(script)}`]),
  ];
}

function imagesBody(name: string, { dockerfiles }: BuildFiles): string[] {
  if (dockerfiles.length === 0) {
    return [
      '# No Dockerfile was found here: say which one builds the image.',
      `name: ${yamlText(name)}`,
      'images:',
      ...imageBody(name, 'Dockerfile'),
    ];
  }
  const used = new Set<string>();
  const images = dockerfiles.map((path) => ({ path, image: unused(imageNameFor(path, name), used) }));
  return [`name: ${yamlText(name)}`, 'images:', ...images.flatMap(({ path, image }) => imageBody(image, path))];
}

function imageBody(image: string, path: string): string[] {
  return [
    `  ${yamlText(image)}:`,
    '    platforms: [linux/arm64, linux/amd64]',
    '    dockerfile:',
    `      path: ${yamlText(path)}`,
    '    # verify:             # commands that must succeed in the fresh image',
    `    #   - [${image}, --version]`,
  ];
}

/** `Dockerfile` -> the repository's name, `Dockerfile.worker` and `worker/Dockerfile` -> `worker`. */
function imageNameFor(path: string, repository: string): string {
  const file = posix.basename(path);
  const own = file === 'Dockerfile' ? '' : file.replace(/^Dockerfile[.-]/, '').replace(/\.Dockerfile$/, '');
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

/** Quoted only where YAML would read something else than text. */
function yamlText(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
