import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

async function put(path: string, text = ''): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const recipe = (name: string): string => `version: 1\nname: ${name}\nimages: { a: { dockerfile: {} } }\n`;

describe('loadRecipe', () => {
  it('finds the file of the folder, a named file, a folder with one, or a preset', async () => {
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

  it('says what it looked for when there is none', async () => {
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

  it('names the file as the user does, with line and column', async () => {
    await put('sub/bad.yaml', 'version: 1\nnam: x\n');
    await expect(loadRecipe('sub/bad.yaml', { cwd: folder })).rejects.toThrow(
      'sub/bad.yaml:2:1: nam: unknown key; did you mean "name"?',
    );
  });
});

describe('initRecipe', () => {
  async function written(): Promise<{ text: string; images: (readonly [string, string])[] }> {
    const text = await initRecipe(folder);
    const { images } = parseRecipe(text, 'twinhull.yaml');
    return {
      text,
      images: images.map(({ name, build }) => [
        name,
        build.kind === 'script' ? build.path : Object.values(build.dockerfile).join(),
      ]),
    };
  }

  it('makes an image of each Dockerfile', async () => {
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

  it("suggests the preset where vEcoli's script stands, and points editors to the schema where it is", async () => {
    await put('runscripts/container/build-and-push-ecr.sh');
    await put('Dockerfile');
    await put('node_modules/twinhull/schema/recipe.schema.json', '{}');
    const { text } = await written();
    expect(text).toMatch(/^preset: vecoli$/m);
    expect(text).not.toMatch(/^with:/m);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/node_modules\/twinhull/);
  });

  it('names the script where it stands elsewhere', async () => {
    await put('a b/build-and-push-ecr.sh');
    expect((await written()).images[0]).toEqual(['task', 'a b/build-and-push-ecr.sh']);
  });

  it('gives something to begin with for an empty folder', async () => {
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
  ])('copes with %s', async (path) => {
    await put(path);
    expect((await written()).images).toHaveLength(1);
  });
});
