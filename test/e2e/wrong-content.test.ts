import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileContent } from '../../lab/lab.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { elfProgram } from '../helpers/elf-program.ts';

describe('a build that would publish other content than it names', () => {
  let bed: E2eBed;
  beforeAll(async () => {
    bed = await E2eBed.open();
  });
  afterAll(() => bed.dispose());

  async function build(files: Record<string, FileContent>, recipe: string, env: Record<string, string> = {}) {
    const { url } = await bed.repository(files);
    const words = ['build', '--repository', url, '--ref', 'main', '--recipe', await bed.file(recipe), '--json'];
    const ran = await bed.run(words, { env });
    return { ...ran, build: JSON.parse(ran.stdout) as BuildJson };
  }

  it('fails where the arm64 half holds programs for amd64', async () => {
    const dockerfile = `FROM --platform=linux/amd64 ${bed.lab.images.busybox}\nRUN echo ${bed.name}; uname -m\n`;
    const ran = await build({ Dockerfile: dockerfile }, oneImage());
    expect(ran.exitCode).toBe(1);
    expect(ran.build.failure).toMatchObject({ platform: 'linux/arm64', reason: 'wrong-platform', appeared: [] });
    expect(ran.build.failure?.message).toContain('/bin/sh is a program for x86-64');
    expect(ran.stderr).toContain('nothing was published');
    expect(await bed.registry.published()).toEqual([]);
  });

  it('fails where both halves are the same files, with a program beyond those that a job examines', async () => {
    const files = {
      Dockerfile: 'FROM scratch\nCOPY data /\n',
      'data/a': Buffer.alloc(33 << 20),
      'data/z': elfProgram('x86-64'),
    };
    // One after the other, so that the second half finds the layer of the first in the engine's cache.
    const ran = await build(files, oneImage({ dockerfile: { cache: false } }), { TWINHULL_MAX_JOBS: '1' });
    expect(ran.exitCode).toBe(1);
    expect(ran.build.failure).toMatchObject({ code: 'VerifyFailed', reason: 'wrong-platform', image: 'app' });
    expect(ran.stderr).toContain('has the same layers for linux/arm64 and linux/amd64, and these contain programs');
    expect(await bed.registry.published()).toEqual([]);
  });

  it('fails where an image is not based on the image that it names', async () => {
    const images = {
      app: { dockerfile: { cache: false } },
      tools: { from: 'app', dockerfile: { path: 'tools/Dockerfile', cache: false }, tags: ['{commit}-tools'] },
    };
    const files = {
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo ${bed.name} >/app\n`,
      'tools/Dockerfile': `FROM ${bed.lab.images.busybox}\n`,
    };
    const ran = await build(files, JSON.stringify({ version: 1, name: 'two', images }));
    expect(ran.exitCode).toBe(1);
    expect(ran.build.failure).toMatchObject({ image: 'tools', reason: 'base-unused' });
    expect(await bed.registry.published()).toEqual([]);
  });

  it('names the tags that a script pushed around the builder', async () => {
    const script = [
      'set -eu',
      `echo 'FROM ${bed.lab.images.busybox}' | /usr/bin/docker build -q -t "$2/$1:by-path" -`,
      '/usr/bin/docker push -q "$2/$1:by-path"',
      'exit 7',
    ];
    const image = { script: { path: 'build.sh', args: ['{repository}', '{registry}'] }, platforms: ['linux/amd64'] };
    const recipe = JSON.stringify({ version: 1, name: 'one', images: { app: image } });
    const ran = await build({ 'build.sh': `${script.join('\n')}\n` }, recipe);
    expect(ran.exitCode).toBe(1);
    expect(ran.build.failure?.appeared).toEqual(['by-path']);
    expect(ran.stderr).not.toContain('nothing was published');
    expect(ran.stderr.replace(/\s+/g, ' ')).toContain(
      'none of its tags was published; new at the destination, but not of this build: by-path',
    );
  });
});
