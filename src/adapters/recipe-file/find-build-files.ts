import { type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { repositoryPath } from '../../recipes/field-rules.ts';

/** What a folder holds that images are built from; paths relative to it, sorted, with `/`. */
export interface BuildFiles {
  readonly dockerfiles: readonly string[];
  /** `build-and-push-ecr.sh` and its like. */
  readonly pushScripts: readonly string[];
}

const deepest = 3;
const mostDockerfiles = 8;
const skipped = new Set([
  '.git',
  'node_modules',
  'vendor',
  '.venv',
  'venv',
  'dist',
  'test',
  'tests',
  'examples',
  'third_party',
]);
const dockerfileName = /^(?:Dockerfile(?:[.-][A-Za-z0-9._-]+)?|[A-Za-z0-9._-]+\.Dockerfile)$/;

export async function findBuildFiles(folder: string): Promise<BuildFiles> {
  const files = (await walk(folder, '', 0)).filter(isUsable).sort(byDepth);
  return {
    dockerfiles: files.filter((path) => isDockerfile(posix.basename(path))).slice(0, mostDockerfiles),
    pushScripts: files.filter((path) => posix.basename(path) === 'build-and-push-ecr.sh'),
  };
}

/** Whether a recipe can name it. */
function isUsable(path: string): boolean {
  return repositoryPath.safeParse(path).success;
}

function isDockerfile(name: string): boolean {
  return dockerfileName.test(name) && !name.endsWith('.dockerignore');
}

async function walk(root: string, below: string, depth: number): Promise<string[]> {
  const entries = await entriesOf(posix.join(root, below));
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = posix.join(below, entry.name);
      if (entry.isFile()) return [path];
      return entry.isDirectory() && depth < deepest && !skipped.has(entry.name) ? walk(root, path, depth + 1) : [];
    }),
  );
  return found.flat();
}

/** A folder that cannot be read has nothing to offer. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

function byDepth(a: string, b: string): number {
  return a.split('/').length - b.split('/').length || (a < b ? -1 : 1);
}
