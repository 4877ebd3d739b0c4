import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostAudience } from '../../src/domain/git-audience.ts';
import type { SecretSource } from '../../src/ports/secret-source.ts';
import { type DockerTestBed, openDockerTestBed } from '../helpers/docker-jobs.ts';

const canary = `canary-${randomBytes(12).toString('hex')}`;
const secrets: SecretSource = {
  gitCredential: async (url) => ({ audience: hostAudience(url), username: 'robot', token: `${canary}-token` }),
  checkGitCredentials: async () => undefined,
  registryCredentials: async (host) => ({ username: 'robot', password: `${canary}-password of ${host}` }),
  buildSecret: async (id) => Buffer.from(`${canary}-${id}\0binary`),
};

describe('the secrets of a job', () => {
  let bed: DockerTestBed;
  beforeAll(async () => {
    bed = await openDockerTestBed();
    return async () => await bed.dispose();
  });

  async function run(script: string, change: Parameters<DockerTestBed['backend']>[0] = {}) {
    const backend = bed.backend({ secrets, ...change });
    const job = await backend.submit(
      bed.request(script, { buildSecrets: ['npm', 'pip.conf'], registryHost: 'registry.example:5000' }),
    );
    let log = '';
    for await (const chunk of backend.readLog(job.id, { follow: true })) log += chunk.text;
    return { log, container: bed.docker.getContainer(job.id.slice(0, 64)), jobKey: job.id.slice(0, 12) };
  }

  it('are complete files readable by root alone', async () => {
    const { log } = await run(
      'cd /run/twinhull && stat -c "%a %u:%g %n" git-token registry-credentials secrets secrets/* && cat git-token registry-credentials secrets/npm',
    );
    expect(log).toBe(
      [
        '400 0:0 git-token',
        '400 0:0 registry-credentials',
        '700 0:0 secrets',
        '400 0:0 secrets/npm',
        '400 0:0 secrets/pip.conf',
        `${canary}-tokenrobot\n${canary}-password of registry.example:5000${canary}-npm\0binary`,
      ].join('\n'),
    );
  });

  it('appear nowhere in the engine’s output', async () => {
    const since = Math.floor(Date.now() / 1000);
    const { container } = await run('printenv; cat /proc/1/cmdline; cat /proc/self/mountinfo');
    const shown = JSON.stringify([
      await container.inspect(),
      await bed.docker.listContainers({ all: true }),
      (await container.logs({ stdout: true, stderr: true })).toString(),
      await eventsSince(since),
    ]);
    expect(shown).toContain(container.id);
    expect(shown).not.toContain(canary);
  });

  it("never touch the engine's storage", async () => {
    const { container } = await run('ls /run/twinhull; touch /run/written');
    const stored = ((await container.changes()) as { Path: string }[]).map((change) => change.Path);
    expect(stored).toContain('/run/written');
    expect(stored.filter((path) => path.startsWith('/run/twinhull/'))).toEqual([]);
  });

  async function eventsSince(since: number): Promise<string> {
    const stream = await bed.docker.getEvents({ since, until: Math.floor(Date.now() / 1000) + 1 });
    let text = '';
    for await (const data of stream) text += String(data);
    return text;
  }

  it('arrive with the job key and the CA', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'twinhull-ca-'));
    const gitCaFile = join(folder, 'ca.pem');
    await writeFile(gitCaFile, 'the certificate\n');
    const { log, jobKey } = await run(
      'cd /run/twinhull && cat job-key && echo && cat ca.pem && stat -c %a job-key ca.pem builder.sh',
      { gitCaFile },
    );
    await rm(folder, { recursive: true });
    expect(log).toBe(`${jobKey}\nthe certificate\n444\n444\n755\n`);
  });
});
