import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { type RecordingGitHost, startRecordingGitHost } from '../helpers/recording-git-host.ts';

const run = promisify(execFile);

describe('a clone whose origin names another host', () => {
  let bed: E2eBed;
  let evil: RecordingGitHost;
  let clone: string;
  beforeAll(async () => {
    bed = await E2eBed.open();
    evil = await startRecordingGitHost(bed.lab);
    clone = join(bed.folder, 'clone');
    await mkdir(clone);
    const git = (...words: string[]) =>
      run('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@t', ...words]);
    await git('init', '--quiet', '--initial-branch=main');
    await git('commit', '--quiet', '--allow-empty', '--message=m');
    await git('remote', 'add', 'origin', `${evil.url}/acme/model.git`);
  });
  afterAll(async () => {
    await bed.dispose();
    await evil.stop();
  });

  const bound = [
    ['by TWINHULL_GIT_HOST', {}],
    ['by TWINHULL_REPOSITORY', { TWINHULL_GIT_HOST: undefined, TWINHULL_REPOSITORY: 'LAB' }],
  ] as const;

  it.each(bound)('receives no token from doctor, plan and build when the token is bound %s', async (_, change) => {
    const recipe = await bed.file(oneImage());
    const settings =
      'TWINHULL_REPOSITORY' in change ? { ...change, TWINHULL_REPOSITORY: `${bed.lab.git.url}/a.git` } : {};
    const before = evil.requests();
    const source = ['--repository', `${evil.url}/acme/model.git`];
    for (const words of [
      ['doctor', ...source, '--json'],
      ['plan', ...source, '--ref', 'main', '--recipe', recipe],
      ['build', ...source, '--ref', 'main', '--recipe', recipe],
      ['build', ...source, '--ref', 'a'.repeat(40), '--recipe', recipe],
      // The origin of the folder counts only if no repository is set.
      ...('TWINHULL_REPOSITORY' in change ? [] : [['doctor'], ['plan', '--ref', 'main', '--recipe', recipe]]),
    ]) {
      const { exitCode, stdout, stderr } = await bed.run(words, { env: settings, cwd: clone });
      expect(exitCode, words.join(' ')).not.toBe(0);
      expect(stdout + stderr, words.join(' ')).toMatch(/TWINHULL_GIT_HOST/);
    }
    expect(evil.requests()).toBeGreaterThan(before);
    expect(evil.logins()).toEqual([]);
  });

  it('is refused and receives no request when no setting binds the token to a host', async () => {
    const env = { TWINHULL_GIT_HOST: undefined };
    const recipe = await bed.file(oneImage());
    const before = evil.requests();
    for (const words of [
      ['plan', '--ref', 'main', '--recipe', recipe],
      ['build', '--recipe', recipe],
      ['build', '--ref', 'main', '--recipe', recipe],
    ]) {
      const refused = await bed.run(words, { env, cwd: clone });
      expect([refused.exitCode, refused.stderr]).toEqual([
        2,
        expect.stringContaining('set TWINHULL_GIT_HOST') as string,
      ]);
    }
    const { checks } = JSON.parse((await bed.run(['doctor', '--json'], { env, cwd: clone })).stdout) as {
      checks: { name: string; status: string; advice?: string }[];
    };
    expect(checks.find(({ name }) => name === 'git credentials')).toMatchObject({
      status: 'problem',
      advice: expect.stringContaining('TWINHULL_GIT_HOST') as string,
    });
    expect(evil.requests()).toBe(before);
  });

  it('is reported at the start of a service that used to send its token to that host', async () => {
    const env = { TWINHULL_ALLOWED_REPOSITORIES: `${bed.lab.git.url}/,${evil.url}/`, TWINHULL_LISTEN: '127.0.0.1:0' };
    const service = bed.start(['serve'], { env });
    let log = '';
    for await (const chunk of service.stderr) {
      log += String(chunk);
      if (log.includes('no git token is configured for')) break;
    }
    service.kill('SIGTERM');
    await service;
    expect(log).toContain(`no git token is configured for the host of ${evil.url}/`);
    expect(log).toContain('TWINHULL_GIT_CREDENTIALS_FILE');
  });
});
