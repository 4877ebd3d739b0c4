import { expect, it, onTestFinished } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectRefusal } from '../helpers/expect-refusal.ts';
import { startRecordingGitHost } from '../helpers/recording-git-host.ts';

it('builds from a git server that takes the token with another user name, once it is set', async () => {
  const bed = await E2eBed.open();
  const host = await startRecordingGitHost(bed.lab, bed.lab.git.url, 'x-token-auth');
  onTestFinished(async () => {
    await bed.dispose();
    await host.stop();
  });
  const { repository, commit } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\n` });
  const recipe = await bed.file(oneImage({ platforms: ['linux/amd64'] }));
  const source = ['--repository', `${host.url}/${repository.name}.git`, '--ref', 'main', '--recipe', recipe];
  const env = { TWINHULL_GIT_HOST: host.host };
  for (const command of ['plan', 'build']) {
    const refused = await bed.run([command, ...source], { env });
    expectRefusal(refused, 2, 'GitAccessDenied', '(user name x-access-token)');
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain('TWINHULL_GIT_USERNAME');
  }
  const built = await bed.run(['build', ...source], { env: { ...env, TWINHULL_GIT_USERNAME: 'x-token-auth' } });
  expect(built.exitCode, built.stderr).toBe(0);
  expect(await bed.registry.published()).toEqual([commit]);
  const users = host.logins().map((login) => login.split(':')[0]);
  expect(new Set(users)).toEqual(new Set(['x-access-token', 'x-token-auth']));
});
