import { expect } from 'vitest';
import { collected } from '../helpers/e2e-collected.ts';
import { itWithBuild } from '../helpers/e2e-gated-test.ts';
import { startService } from '../helpers/e2e-service.ts';
import { pollUntil } from '../helpers/poll-until.ts';

itWithBuild('an attached build continues when its service is restarted', async ({ build }) => {
  const { bed, repository } = build;
  const env = { TWINHULL_REPOSITORY: repository.url, TWINHULL_LEASE_SECONDS: '1' };
  const first = await startService(bed, env);
  const client = { TWINHULL_SERVER: first.url, TWINHULL_TOKEN_FILE: first.tokenFile, TWINHULL_STATE_DIR: '/nowhere' };
  const attached = build.start(build.words(), { env: client });
  const stderr = collected(attached.stderr);
  await build.pausedAtGate();
  await pollUntil('both jobs to be seen', () => stderr().match(/ \* build app begins$/gm)?.length === 2);

  expect(await first.stop()).toBe(0);
  await pollUntil('the client to miss its service', () => stderr().includes('trying again'));
  const second = await startService(bed, env, new URL(first.url).host);
  build.letGo();

  const ran = await attached;
  expect(ran.exitCode, stderr()).toBe(0);
  expect(ran.stdout).toContain('published one at');
  // Without gap or repeat.
  for (const platform of ['arm64', 'amd64']) {
    const begun = [...stderr().matchAll(new RegExp(`^${platform} \\* (\\S+)(?: app)? begins$`, 'gm'))].map(
      ([, name]) => name,
    );
    const phases = ['tools', 'engine', 'secret', 'clone', 'checkout', 'login', 'build', 'push', 'cleanup'];
    expect(begun.filter((name) => phases.includes(name ?? ''))).toEqual(phases);
  }
  expect(await second.stop()).toBe(0);
});
