import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { pullForPlatform } from '../helpers/platform-image.ts';
import { startRegistry } from '../helpers/registry-server.ts';

it('builds on a base of another registry with its login from `docker login`, once the registry is named', async () => {
  const bed = await E2eBed.open();
  const registry = await startRegistry({ variant: 'basic' });
  onTestFinished(async () => {
    await bed.dispose();
    await registry.stop();
  });
  const base = `${registry.host}/${bed.name}/base`;
  const { username = '', password = '' } = registry.credentials ?? {};
  const image = bed.docker.getImage(await pullForPlatform(bed.docker, bed.lab.images.busybox, 'linux/amd64'));
  await image.tag({ repo: base, tag: '1' });
  const tagged = bed.docker.getImage(`${base}:1`);
  const pushed = await tagged.push({ authconfig: { username, password, serveraddress: registry.host } });
  await new Promise((resolve) => bed.docker.modem.followProgress(pushed, resolve));
  await tagged.remove();
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  await writeFile(join(bed.folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));

  const { url, commit } = await bed.repository({ Dockerfile: `FROM ${base}:1\n` });
  const recipe = await bed.file(oneImage({ platforms: ['linux/amd64'] }));
  const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe];
  const env = { DOCKER_CONFIG: bed.folder };
  const refused = await bed.run(words, { env });
  expect(refused.exitCode).toBe(1);
  const text = refused.stderr.replace(/\s+/g, ' ');
  expect(text).toContain(`${registry.host} denies this job the base ${base}:1`);
  expect(text).toContain('name the registry in TWINHULL_BASE_REGISTRIES');
  const built = await bed.run(words, { env: { ...env, TWINHULL_BASE_REGISTRIES: registry.host } });
  expect(built.exitCode, built.stderr).toBe(0);
  expect(await bed.registry.published()).toEqual([commit]);
});
