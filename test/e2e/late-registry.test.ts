import { expect, it, onTestFinished } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { troubledRegistry } from '../helpers/troubled-registry.ts';

it('publishes an image that its registry does not show right after the push', async () => {
  const bed = await E2eBed.open();
  const registry = await troubledRegistry(bed.lab.registry.host, 404, 3, /^(GET|HEAD) .*\/manifests\/staging-/);
  onTestFinished(async () => {
    await bed.dispose();
    await registry.close();
  });
  const { url, commit } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\n` });
  const recipe = await bed.file(oneImage({ platforms: ['linux/amd64'] }));
  const destination = bed.destination.replace(bed.lab.registry.host, registry.host);
  const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json'];
  const ran = await bed.run(words, { env: { TWINHULL_DESTINATION: destination } });
  expect(ran.exitCode, ran.stderr).toBe(0);
  const build = JSON.parse(ran.stdout) as BuildJson;
  expect(build.jobs.map(({ attempts }) => attempts.length)).toEqual([1]);
  expect(registry.refused()).toHaveLength(3);
  expect(await bed.registry.published()).toEqual([commit]);
});
