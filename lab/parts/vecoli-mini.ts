import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FileContent, GitRepository } from '../git/repository.ts';
import type { LabContext, Part } from '../part.ts';
import { debianReference } from './debian-image.ts';
import { gitUrl } from './git-server.ts';

export const vecoliMiniName = 'vecoli-mini';

const folder = fileURLToPath(new URL('../../examples/vecoli-mini', import.meta.url));
const seedRef = 'refs/lab/seed';
const firstCommit = { message: 'Grow and divide a cell\n', date: 1_735_689_600 };

/** examples/vecoli-mini as a private repository, with the same first commit on every machine. */
export const vecoliMiniPart: Part = {
  name: 'vecoli-mini repository',
  needs: ['git server', 'registry'],

  async check(context) {
    const { repository, seed } = await openSeeded(context);
    context.facts.set('vecoliMiniCommit', seed);
    const isOnMain = await containsCommit(repository, seed);
    return isOnMain ? undefined : 'its branch main does not match the example';
  },

  async start(context) {
    const { repository, seed } = await openSeeded(context);
    await repository.git(['update-ref', 'refs/heads/main', seed]);
  },
};

async function openSeeded(context: LabContext): Promise<{ repository: GitRepository; seed: string }> {
  const place = { git: { url: gitUrl(context), repositoriesFolder: context.paths.repositoriesFolder } };
  const repository = await GitRepository.open(place, vecoliMiniName);
  const seed = await repository.commitOnRef(seedRef, exampleFiles(context), firstCommit, undefined);
  return { repository, seed };
}

async function containsCommit(repository: GitRepository, commit: string): Promise<boolean> {
  const main = await repository.resolve('refs/heads/main');
  if (main === undefined) return false;
  const shared = await repository.git(['merge-base', main, commit]).catch(() => '');
  return shared.trim() === commit;
}

function exampleFiles(context: LabContext): Record<string, FileContent> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(paths.map((path) => [relative(folder, path), fileContent(path, context)]));
}

/** The example refers to the base image at the registry's usual address; here its port may differ. */
function fileContent(path: string, context: LabContext): FileContent {
  const text = readFileSync(path, 'utf8').replaceAll('127.0.0.1:5000/lab/debian:bookworm', debianReference(context));
  const isExecutable = (statSync(path).mode & 0o111) !== 0;
  return { mode: isExecutable ? '100755' : '100644', content: text };
}
