import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeCanary } from '../helpers/canary.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { startService } from '../helpers/e2e-service.ts';

const recipe = (name: string) =>
  JSON.stringify({
    version: 1,
    name,
    images: { app: { dockerfile: { inline: 'FROM scratch\n', secrets: ['npm'] } } },
  });

it('passes a build secret only to the operator’s recipes and permitted repositories, also in a service', async () => {
  const secrets = makeCanary();
  const bed = await E2eBed.open();
  onTestFinished(() => bed.dispose());
  const { url, commit } = await bed.repository({ a: '1' });
  const other = await bed.repository({ a: '1' });
  const TWINHULL_SECRETS_DIR = join(bed.folder, 'secrets');
  await mkdir(TWINHULL_SECRETS_DIR);
  await writeFile(join(TWINHULL_SECRETS_DIR, 'npm'), secrets, { mode: 0o600 });
  const TWINHULL_SECRET_RULES = await bed.file(`npm: { repositories: ['${url}'] }\n`, 'secrets.yaml');
  const file = await bed.file(recipe('model'));
  const clone = join(bed.folder, 'clone');
  await mkdir(clone);
  await writeFile(join(clone, 'twinhull.yaml'), recipe('model'));

  const plan = (repository: string, words: readonly string[], env: Record<string, string> = {}, cwd = bed.folder) =>
    bed.run(['plan', '--repository', repository, '--ref', commit, ...words], {
      env: { TWINHULL_SECRETS_DIR, ...env },
      cwd,
    });
  expect((await plan(url, ['--recipe', file])).exitCode).toBe(0);
  expect((await plan(url, ['--recipe', file], { TWINHULL_SECRET_RULES })).exitCode).toBe(0);
  const elsewhere = await plan(other.url, ['--recipe', file], { TWINHULL_SECRET_RULES });
  expect(elsewhere).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no rule names the repository') });
  const found = await plan(url, [], {}, clone);
  expect(found).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('TWINHULL_SECRET_RULES') });
  expect((await plan(url, [], { TWINHULL_REPOSITORY: url }, clone)).exitCode).toBe(0);

  const service = await startService(bed, { TWINHULL_REPOSITORY: url, TWINHULL_SECRETS_DIR });
  expect(service.stderr()).toContain('only recipes of the operator may use build secrets');
  const sent = await plan(url, ['--recipe', file, '--server', service.url]);
  expect(sent).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('was sent') });
  const submitted = await bed.run(
    ['build', '--repository', url, '--ref', commit, '--recipe', file, '--server', service.url],
    { env: { TWINHULL_SECRETS_DIR } },
  );
  expect(submitted.exitCode).toBe(2);
  expect(await bed.builds()).toEqual([]);
  for (const { stdout, stderr } of [sent, submitted, elsewhere]) expect(stdout + stderr).not.toContain(secrets);
  await service.stop();
});
