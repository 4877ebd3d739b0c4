import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { startService } from '../helpers/e2e-service.ts';
import { expectRefusal } from '../helpers/expect-refusal.ts';

const onBatch = {
  TWINHULL_BACKEND: 'aws',
  BATCH_REGION: 'us-gov-west-1',
  BUILD_ARM64_QUEUE: 'arm64',
  BUILD_AMD64_QUEUE: 'amd64',
  BUILD_JOB_DEFINITION: 'builder',
};

async function bedWithSource() {
  const bed = await E2eBed.open();
  onTestFinished(() => bed.dispose());
  const { url, commit } = await bed.repository({ Dockerfile: 'FROM scratch\n' });
  const plan = async (recipe: string | object, more: readonly string[] = [], env: Record<string, string> = {}) => {
    const file = await bed.file(typeof recipe === 'string' ? recipe : stringify(recipe));
    return bed.run(['plan', '--repository', url, '--ref', commit, '--recipe', file, ...more], { env });
  };
  return { bed, url, plan };
}

const oneImage = (image: object) => ({ version: 1, name: 'x', images: { app: image } });

it('refuses early an environment that AWS Batch would refuse later, by hand and at a service', async () => {
  const { bed, url, plan } = await bedWithSource();
  const long = oneImage({ dockerfile: { inline: `FROM scratch\n# ${'x'.repeat(6000)}\n` } });
  const message = 'images.app.dockerfile.inline is too long for AWS Batch';
  expectRefusal(await plan(long, [], onBatch), 2, 'RecipeInvalid', message);
  expect((await plan(long)).exitCode).toBe(0);
  const service = await startService(bed, { ...onBatch, TWINHULL_REPOSITORY: url });
  expectRefusal(await plan(long, ['--server', service.url]), 2, 'RecipeInvalid', message);
  await service.stop();
});

it('names the line of a number that YAML changes, with its original text', async () => {
  const { plan } = await bedWithSource();
  const ran = await plan('version: 1\nname: c9\nimages:\n  app:\n    dockerfile: { args: { PYTHON: 3.10, N: 010 } }\n');
  expect(ran.exitCode).toBe(2);
  const text = ran.stderr.replace(/\s+/g, ' ');
  expect(text).toContain(":5:35: images.app.dockerfile.args.PYTHON: expected text, got 3.10; put it in quotes: '3.10'");
  expect(text).toContain(":5:44: images.app.dockerfile.args.N: expected text, got 010; put it in quotes: '010'");
});

it('refuses an unknown field by its name, and an unknown placeholder by its line', async () => {
  const { plan } = await bedWithSource();
  const refused = async (dockerfile: object) => {
    const ran = await plan(oneImage({ dockerfile }));
    expect(ran.exitCode).toBe(2);
    return ran.stderr.replace(/\s+/g, ' ');
  };
  expect(await refused({ ssh: ['default'] })).toContain(
    'ssh mounts are not supported: give the key or token as a secret',
  );
  expect(await refused({ additional_contexts: { lib: '../lib' } })).toContain('named contexts are not supported');
  expect(await refused({ args: { V: '{plattform}' } })).toMatch(
    /:7:12: \S+args\.V: \{plattform\} is not a placeholder/,
  );
});

it('substitutes values for placeholders', async () => {
  const { plan } = await bedWithSource();
  const ran = await plan(oneImage({ dockerfile: { args: { ARCH: '{platform}', VERSION: '{short}' } } }));
  expect(ran.stdout).toMatch(/arg +ARCH=arm64\n +arg +VERSION=[0-9a-f]{7}\n/);
  expect(ran.stdout).toMatch(/arg +ARCH=amd64\n/);
});

it('warns of a platform fixed by a Dockerfile of the clone, and of an inline one at a service too', async () => {
  const { bed, url, plan } = await bedWithSource();
  const clone = join(bed.folder, 'clone');
  const git = (...words: string[]) =>
    execa('git', ['-C', clone, '-c', 'user.name=x', '-c', 'user.email=x@y', ...words]);
  await mkdir(clone);
  await git('init', '-q');
  await writeFile(join(clone, 'Dockerfile'), 'FROM --platform=linux/amd64 scratch\n');
  await git('add', '.');
  await git('commit', '-q', '-m', 'x');
  const commit = (await git('rev-parse', 'HEAD')).stdout;
  const words = ['plan', '--repository', url, '--ref', commit, '--recipe'];
  const file = await bed.file(stringify(oneImage({ dockerfile: {} })));
  const ran = await bed.run([...words, file, '--json'], { cwd: clone });
  const warning =
    /^Dockerfile:1: FROM is fixed to linux\/amd64, even in the build for linux\/arm64: leave --platform out/;
  expect(JSON.parse(ran.stdout)).toMatchObject({ warnings: [expect.stringMatching(warning)] });
  expect(ran.stderr).toContain('warning: Dockerfile:1: FROM is fixed to linux/amd64');
  expect(JSON.parse((await bed.run([...words, file, '--json'])).stdout)).toMatchObject({ warnings: [] });

  const inline = oneImage({ dockerfile: { inline: 'FROM scratch\nRUN --mount=type=ssh x\n' } });
  const service = await startService(bed, { TWINHULL_REPOSITORY: url });
  for (const more of [[], ['--server', service.url]]) {
    const { stdout } = await plan(inline, [...more, '--json']);
    const { warnings } = JSON.parse(stdout) as { warnings: string[] };
    expect(warnings).toEqual([expect.stringContaining('images.app.dockerfile.inline:2: builds have no ssh agent')]);
  }
  await service.stop();
});
