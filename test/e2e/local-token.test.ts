import { chmodSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { collected } from '../helpers/e2e-collected.ts';
import { pollUntil } from '../helpers/poll-until.ts';

/** A service without a token created for it. */
async function served(bed: E2eBed, env: Record<string, string> = {}) {
  const child = bed.start(['serve', '--listen', '127.0.0.1:0'], { env, timeout: 600_000 });
  const stdout = collected(child.stdout);
  const url = await pollUntil('the service to listen', () => /^http:\S+$/m.exec(stdout())?.[0], 60_000);
  const stop = async () => {
    child.kill('SIGTERM');
    await child;
  };
  return { url, stop };
}

it('authorizes commands of its own user, and no build that requests it from the engine’s network', async () => {
  const bed = await E2eBed.open();
  onTestFinished(() => bed.dispose());
  const { url, commit, repository } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\n` });
  const service = await served(bed, { TWINHULL_REPOSITORY: url });

  expect((await fetch(`${service.url}/v1/builds`)).status).toBe(401);
  expect((await fetch(`${service.url}/metrics`)).status).toBe(401);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  const byName = service.url.replace('127.0.0.1', 'localhost');
  for (const server of [service.url, byName])
    expect(await bed.run(['list', '--json', '--server', server])).toMatchObject({ exitCode: 0, stdout: '[]\n' });
  const file = join(bed.stateFolder, 'local-token');
  expect(lstatSync(file).mode & 0o777).toBe(0o600);

  const hostile = {
    version: 1,
    name: 'hostile',
    images: {
      app: {
        platforms: ['linux/amd64'],
        dockerfile: {
          inline: `FROM ${bed.lab.images.busybox}\nADD ${service.url}/healthz /alive\nADD ${service.url}/v1/builds /builds\n`,
        },
      },
    },
  };
  const recipe = await bed.file(JSON.stringify(hostile), 'hostile.yaml');
  const words = ['build', '--ref', commit, '--repository', repository.url, '--recipe', recipe, '--server', service.url];
  const built = await bed.run(words);
  expect(built.exitCode, built.stderr).toBe(1);
  const log = await bed.run(['logs', '--server', service.url]);
  expect(log.stdout).toContain('/v1/builds');
  expect(log.stdout + built.stderr).toMatch(/401/);
  await service.stop();

  // Another program has the address now: no token is sent to it.
  const after = await bed.run(['list', '--server', service.url]);
  expect(after.exitCode).toBe(3);
  const kept = readFileSync(file, 'utf8');
  const again = await served(bed);
  expect(readFileSync(file, 'utf8')).toBe(kept);
  await again.stop();
  chmodSync(file, 0o644);
  const replaced = await served(bed);
  expect(readFileSync(file, 'utf8')).not.toBe(kept);
  const old = { authorization: `Bearer ${kept.trim()}` };
  expect((await fetch(`${replaced.url}/v1/builds`, { headers: old })).status).toBe(401);
  await replaced.stop();
});
