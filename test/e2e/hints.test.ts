import { expect, it, onTestFinished } from 'vitest';
import type { FileContent } from '../../lab/lab.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';

/** What the command prints about a build for amd64 that fails, on one line. */
async function failedBuild(files: (bed: E2eBed) => Record<string, FileContent>, image: object = {}): Promise<string> {
  const bed = await E2eBed.open();
  onTestFinished(() => bed.dispose());
  const { url } = await bed.repository(files(bed));
  const recipe = await bed.file(oneImage({ platforms: ['linux/amd64'], ...image }));
  const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe]);
  expect(ran.exitCode).toBe(1);
  return ran.stderr.replace(/\s+/g, ' ');
}

it('gives no hint about registries and disks when a test of the repository prints such words', async () => {
  const words = 'toomanyrequests: rate limit, No space left on device, x509: certificate signed by unknown authority';
  const text = await failedBuild(({ name, lab }) => ({
    Dockerfile: `FROM ${lab.images.busybox}\nRUN echo "${name} FAILED: ${words}"; exit 1\n`,
  }));
  expect(text).toContain('fix the error in the last log lines');
  expect(text).not.toMatch(/a registry limits pulls|free some space|add its CA/);
});

it('names the field of the recipe when a script needs the tags of the repository', async () => {
  const script = { path: 'build.sh', args: ['{tag}', '{repository}', '{registry}'] };
  const text = await failedBuild(() => ({ 'build.sh': 'set -eu\ngit describe --tags\n' }), {
    dockerfile: undefined,
    script,
  });
  expect(text).toContain('write `checkout: { tags: true }` in the recipe');
});

it('names the way to pass a key when a Dockerfile requires an ssh agent', async () => {
  const text = await failedBuild(({ name, lab }) => ({
    Dockerfile: `FROM ${lab.images.busybox}\nRUN --mount=type=ssh,required=true echo ${name}\n`,
  }));
  expect(text).toContain('builds have no ssh agent: give the key or token as a secret, RUN --mount=type=secret');
  expect(text).toContain('give the key as a secret: line 2 of the Dockerfile, RUN --mount=type=ssh,required=true');
});
