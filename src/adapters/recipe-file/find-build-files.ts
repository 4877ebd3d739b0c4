import { readFile, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { type Instruction, readDockerfile } from '../../recipes/dockerfile-text.ts';
import { repositoryPath } from '../../recipes/field-rules.ts';
import { byDepth, type LeftOut, walkCheckout } from './walk-checkout.ts';

/** The files in a folder that images are built from; relative paths, sorted, with `/`. */
export interface BuildFiles {
  readonly dockerfiles: readonly FoundDockerfile[];
  /** `build-and-push-ecr.sh` and similar scripts. */
  readonly pushScripts: readonly string[];
  /** `.gitattributes`, which may put files into Git LFS. */
  readonly attributes: readonly string[];
  readonly hasSubmodules: boolean;
  readonly leftOut: readonly LeftOut[];
}

/** A Dockerfile of the checkout; `path` is relative to its root. */
export interface FoundDockerfile {
  readonly path: string;
  readonly instructions: readonly Instruction[];
}

/** A recipe's maximum. */
const mostDockerfiles = 20;
const longestDockerfile = 1024 * 1024;

/** Searched, but the repository does not ship what they contain. */
const reasonsOfFolders: Readonly<Record<string, string>> = {
  '.devcontainer': 'it is for editors',
  vendor: 'it is vendored',
  third_party: 'it is vendored',
  dist: 'it is build output',
  test: 'it is for tests',
  tests: 'it is for tests',
  examples: 'it is an example',
};

/** Docker's own names, and the usual ones for several in a folder. */
const dockerfileName =
  /^(?:[Dd]ockerfile|[Cc]ontainerfile)(?:[.-][A-Za-z0-9._-]+)?$|^[A-Za-z0-9._-]+\.(?:[Dd]ockerfile|[Cc]ontainerfile)$/;
const ignoreFile = /\.(?:docker|container)?ignore$/;
const template = /\.(?:template|tmpl|tpl|in|j2|jinja2?|erb|mustache|m4)$/i;
const noDockerfile = /\.(?:md|txt|sh|py|bak|orig|rej|swp|ya?ml|json)$/i;

/** Finds what builds images in a checkout, the files nearest to its root first. Each file left out has a reason. */
export async function findBuildFiles(folder: string): Promise<BuildFiles> {
  const { files, leftOut: unread } = await walkCheckout(folder, (name) => dockerfileName.test(name));
  const candidates = files.filter((path) => dockerfileName.test(posix.basename(path)) && !ignoreFile.test(path));
  const dockerfiles: FoundDockerfile[] = [];
  const leftOut = [...unread];
  for (const path of candidates) {
    const found = await examine(folder, path, candidates);
    if ('why' in found) leftOut.push(found);
    else if (dockerfiles.length < mostDockerfiles) dockerfiles.push(found);
    else leftOut.push({ path, why: `a recipe has at most ${String(mostDockerfiles)} images` });
  }
  return {
    attributes: files.filter((path) => posix.basename(path) === '.gitattributes'),
    hasSubmodules: files.includes('.gitmodules'),
    dockerfiles,
    pushScripts: files.filter((path) => isUsable(path) && posix.basename(path) === 'build-and-push-ecr.sh'),
    leftOut: leftOut.sort((one, other) => byDepth(one.path, other.path)),
  };
}

async function examine(
  folder: string,
  path: string,
  candidates: readonly string[],
): Promise<FoundDockerfile | LeftOut> {
  const name = posix.basename(path);
  if (template.test(name)) return { path, why: 'it is a template' };
  if (noDockerfile.test(name)) return { path, why: 'its extension is that of another file type' };
  const part = path.split('/').find((each) => Object.hasOwn(reasonsOfFolders, each));
  if (part !== undefined && part !== name) return { path, why: reasonsOfFolders[part] ?? '' };
  if (!isUsable(path)) return { path, why: 'a recipe cannot contain this path' };
  const preferred = posix.join(posix.dirname(path), 'Dockerfile');
  if (name === 'dockerfile' && candidates.includes(preferred)) return { path, why: `docker prefers ${preferred}` };
  const text = await readText(posix.join(folder, path));
  if (text === undefined) return { path, why: 'it cannot be read' };
  const instructions = readDockerfile(text);
  if (!instructions.some(({ keyword }) => keyword === 'FROM')) return { path, why: 'it has no FROM' };
  return { path, instructions };
}

/** Undefined unless it is a file of a Dockerfile's size. */
async function readText(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    return size > longestDockerfile ? undefined : await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether a recipe can contain this path. */
function isUsable(path: string): boolean {
  return repositoryPath.safeParse(path).success;
}
