import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { collected } from '../helpers/e2e-collected.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { pollUntil } from '../helpers/poll-until.ts';

/** The commands that docs/api.md gives to readers. */
function examples(): string {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
  expect(blocks).toHaveLength(4);
  return `set -euo pipefail\n${blocks.join('\n')}`;
}

it('implements docs/api.md: submit, follow to the end, status, pull; and exits on request', async () => {
  const bed = await E2eBed.open();
  onTestFinished(() => bed.dispose());
  const { url, commit } = await bed.repository({
    Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo built by ${bed.name} >/line\n`,
  });

  const refused = await bed.run(['serve', '--listen', '0.0.0.0:0']);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('without an API token') });
  const made = await bed.run(['token', 'create', '--name', 'docs', '--scope', 'build']);
  expect(made.stdout).toMatch(/^th_[0-9a-z]{12}_[A-Za-z0-9_-]{43}\n$/);
  const token = made.stdout.trim();

  const service = bed.start(['serve', '--listen', '127.0.0.1:0'], { env: { TWINHULL_REPOSITORY: url } });
  const stdout = collected(service.stdout);
  const stderr = collected(service.stderr);
  const address = await pollUntil('the service to listen', () => /^http:\S+$/m.exec(stdout())?.[0]);
  expect((await fetch(`${address}/v1/builds`)).status).toBe(401);

  const endless = fetch(`${address}/v1/events`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
  }).then((response) => response.text());
  // Awaited at the end; if the test fails before, that failure is the one to report.
  endless.catch(() => undefined);

  const env = { PATH: process.env['PATH'], TWINHULL_URL: address, TWINHULL_TOKEN: token, COMMIT: commit };
  const ran = await execa('bash', ['-c', examples()], { env, extendEnv: false, reject: false, timeout: 600_000 });
  expect(ran.exitCode, `${ran.stdout}\n${ran.stderr}\n${stderr()}`).toBe(0);
  expect(ran.stdout).toContain('event: build.created');
  expect(ran.stdout).toContain('event: build.published');
  expect(ran.stdout).toContain('event: end');

  const [{ id } = { id: '' }] = await bed.builds();
  const get = async (path: string) =>
    (await fetch(address + path, { headers: { authorization: `Bearer ${token}` } })).json();
  const build = (await get(`/v1/builds/${id}`)) as BuildJson;
  await pollUntil('nothing to be left at the engine', async () => (await bed.builders(id)).length === 0);
  await expectPublished(bed, build);
  expect(build).toEqual(await bed.status(id));

  service.kill('SIGTERM');
  const { exitCode } = await service;
  expect(exitCode, stderr()).toBe(0);
  expect(await endless).toContain('event: build.published');
  expect(stderr()).toContain('"msg":"stopped"');
  expect(stderr()).not.toContain(token.slice(-43));
  // The next driver need not wait for the lease.
  const store = await openSqliteStore(join(bed.stateFolder, 'twinhull.db'));
  onTestFinished(() => store.close());
  expect(await store.leaseHolder(Date.now())).toBeUndefined();
});
