import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRecipe } from '../../recipes/read-recipe.ts';
import { initRecipe } from './init-recipe.ts';
import { loadRecipe } from './load-recipe.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhull-recipe-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, text = 'FROM scratch\n'): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const recipe = (name: string): string => `version: 1\nname: ${name}\nimages: { a: { dockerfile: {} } }\n`;

describe('loadRecipe', () => {
  it('finds the file of the folder, a named file, the file of a named folder, or a preset', async () => {
    await put('twinhull.yaml', recipe('here'));
    await put('other/twinhull.yml', recipe('other'));
    await put('vecoli/twinhull.yaml', recipe('mine'));
    const name = async (given: string | undefined): Promise<string> => (await loadRecipe(given, { cwd: folder })).name;
    expect(await name(undefined)).toBe('here');
    expect(await name('other/twinhull.yml')).toBe('other');
    expect(await name('other')).toBe('other');
    expect(await name(join(folder, 'other'))).toBe('other');
    expect(await name('vecoli')).toBe('vecoli');
    expect(await name('./vecoli')).toBe('mine');
  });

  it('reports what it searched for if there is none', async () => {
    await expect(loadRecipe(undefined, { cwd: folder })).rejects.toMatchObject({
      code: 'RecipeNotFound',
      hint: expect.stringContaining('twinhull init') as string,
    });
    await expect(loadRecipe('nope', { cwd: folder })).rejects.toMatchObject({
      code: 'RecipeNotFound',
      message: expect.stringContaining('"nope"') as string,
    });
    await expect(loadRecipe('a\u0007/b', { cwd: folder })).rejects.toMatchObject({
      message: expect.stringContaining('\\u0007') as string,
    });
  });

  it('names the file as the user did, with line and column', async () => {
    await put('sub/bad.yaml', 'version: 1\nnam: x\n');
    await expect(loadRecipe('sub/bad.yaml', { cwd: folder })).rejects.toThrow(
      'sub/bad.yaml:2:1: nam: unknown key; did you mean "name"?',
    );
  });
});

describe('initRecipe', () => {
  async function written() {
    const { text, notes } = await initRecipe(folder);
    const { images } = parseRecipe(text, 'twinhull.yaml');
    return {
      text,
      notes,
      images: images.map(({ name, build }) => [
        name,
        build.kind === 'script' ? build.path : Object.values(build.dockerfile).join(),
      ]),
      contexts: images.map(({ name, build }) => [name, build.kind === 'script' ? '' : build.context]),
    };
  }

  it('creates an image for each Dockerfile', async () => {
    for (const path of [
      'Dockerfile',
      'Dockerfile.GPU',
      'Dockerfile.dockerignore',
      'worker/Dockerfile',
      'web.Dockerfile',
      'b/worker/Dockerfile',
      'node_modules/x/Dockerfile',
      '.git/Dockerfile',
    ])
      await put(path);
    const { text, images } = await written();
    expect(images.slice(1)).toEqual([
      ['gpu', 'Dockerfile.GPU'],
      ['web', 'web.Dockerfile'],
      ['worker', 'worker/Dockerfile'],
      ['worker-2', 'b/worker/Dockerfile'],
    ]);
    expect(images[0]?.[1]).toBe('Dockerfile');
    expect(text).not.toContain('yaml-language-server');
  });

  it('recognizes docker’s file names, and explains what it leaves out', async () => {
    for (const path of ['dockerfile', 'a/Containerfile', 'b/x.dockerfile', 'c/Dockerfile', 'c/dockerfile'])
      await put(path);
    for (const path of ['Dockerfile-debian.template', '.devcontainer/Dockerfile', 'test/Dockerfile', 'Dockerfile.md'])
      await put(path);
    await put('d/Dockerfile', 'RUN x\n');
    await symlink('c/Dockerfile', join(folder, 'Dockerfile.linked'));
    const { images, notes } = await written();
    expect(images.map(([, path]) => path)).toEqual([
      ...['Dockerfile.linked', 'dockerfile', 'a/Containerfile', 'b/x.dockerfile', 'c/Dockerfile'],
    ]);
    expect(images.slice(2).map(([name]) => name)).toEqual(['a', 'x', 'c']);
    expect(notes.slice(images.length)).toEqual([
      'Dockerfile-debian.template: skipped, it is a template',
      'Dockerfile.md: skipped, its extension is that of another file type',
      '.devcontainer/Dockerfile: skipped, it is for editors',
      'c/dockerfile: skipped, docker prefers c/Dockerfile',
      'd/Dockerfile: skipped, it has no FROM',
      'test/Dockerfile: skipped, it is for tests',
    ]);
  });

  it('adds as many as a recipe may have, and names the others', async () => {
    for (let index = 0; index < 23; index++) await put(`i${String(index)}/Dockerfile`);
    await put('1/2/3/4/5/6/7/8/9/Dockerfile');
    const { images, notes } = await written();
    expect(images).toHaveLength(20);
    expect(notes.filter((note) => note.endsWith('a recipe has at most 20 images'))).toHaveLength(3);
    expect(notes.at(-1)).toBe('1/2/3/4/5/6/7/8/9/: skipped, folders below 8 others are not searched');
  });

  it('chooses the context that contains what the Dockerfile copies', async () => {
    await put('images/a/Dockerfile', 'FROM x\nCOPY start.sh /\nCOPY --from=x /y /y\nCOPY https://x/y $Z /\n');
    await put('images/a/start.sh');
    await put('images/b/Dockerfile', 'FROM x\nCOPY images/*/start.sh /\n');
    await put('images/c/Dockerfile', 'FROM x\nCOPY a/start.* /\nRUN --mount=type=bind,source=c,target=/c ls\n');
    await put('images/d/Dockerfile', 'FROM x\nCOPY . /\n');
    await put('images/e/Dockerfile', 'FROM x\nCOPY here gone /\n');
    await put('images/e/here');
    const { contexts, notes, text } = await written();
    expect(contexts).toEqual([
      ['a', 'images/a'],
      ['b', '.'],
      ['c', 'images'],
      ['d', '.'],
      ['e', 'images/e'],
    ]);
    expect(notes[0]).toBe('images/a/Dockerfile: image a, context images/a');
    expect(notes[4]).toBe('images/e/Dockerfile: image e, context images/e; not in its context: gone');
    expect(text).toContain('# the context has no gone, which the Dockerfile copies');
  });

  it('suggests the preset if vEcoli’s script exists, and refers editors to an installed schema', async () => {
    await put('runscripts/container/build-and-push-ecr.sh');
    await put('Dockerfile');
    await put('node_modules/twinhull/schema/recipe.schema.json', '{}');
    const { text } = await written();
    expect(text).toMatch(/^preset: vecoli$/m);
    expect(text).not.toMatch(/^with:/m);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/node_modules\/twinhull/);
  });

  it.each([
    ['*.bin filter=lfs diff=lfs merge=lfs -text', true],
    ['# *.bin filter=lfs', false],
    ['*.txt text eol=lf', false],
  ])('enables LFS if .gitattributes uses it: %s', async (attributes, lfs) => {
    await put('Dockerfile');
    await put('models/.gitattributes', `* text\n${attributes}\n`);
    expect(parseRecipe((await written()).text, 'f').checkout).toEqual(lfs ? { lfs: true } : {});
  });

  it('enables submodules if there are any, including with the preset', async () => {
    await put('runscripts/container/build-and-push-ecr.sh');
    await put('.gitmodules');
    await put('.gitattributes', '*.bin filter=lfs\n');
    expect(parseRecipe((await written()).text, 'f').checkout).toEqual({ lfs: true, submodules: true });
  });

  it('names the script if it is elsewhere', async () => {
    await put('a b/build-and-push-ecr.sh');
    expect((await written()).images[0]).toEqual(['task', 'a b/build-and-push-ecr.sh']);
  });

  it('writes a starting point for an empty folder', async () => {
    const { text, images } = await written();
    expect(text).toContain('# No Dockerfile was found here');
    expect(images).toHaveLength(1);
  });

  it.each([
    'null/Dockerfile',
    'Dockerfile.123',
    '- x/Dockerfile',
    "it's/Dockerfile",
    'ÄÖ/Dockerfile',
    'a: b/Dockerfile',
    '#/Dockerfile',
  ])('handles %s', async (path) => {
    await put(path);
    expect((await written()).images).toHaveLength(1);
  });
});
