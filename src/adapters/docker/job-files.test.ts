import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exitCodes } from '../../builder/contract.ts';
import { receiveScript } from '../../builder/script.ts';
import { hostAudience } from '../../domain/git-audience.ts';
import type { JobRequest } from '../../ports/job-backend.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { packJobFiles, readJobFiles } from './job-files.ts';

const request: JobRequest = {
  name: 'job',
  platform: 'linux/amd64',
  buildId: 'b',
  attempt: 1,
  environment: { TWINHULL_GIT_URL: 'https://git.example/acme/model.git' },
  buildSecrets: ['npm'],
  registryHost: 'registry.example:5000',
  timeoutSeconds: 1,
};
const secrets: SecretSource = {
  gitCredential: async (url) => ({ audience: hostAudience(url), username: 'robot', token: 'the token' }),
  checkGitCredentials: async () => undefined,
  registryCredentials: async (host) => ({ username: `user of ${host}`, password: 'pass:word' }),
  buildSecret: async (id) => Buffer.from([...Buffer.from(id), 0xff, 0x00]),
};
const none: SecretSource = {
  ...secrets,
  gitCredential: async () => undefined,
  registryCredentials: async () => undefined,
};

describe('job files', () => {
  it.each(['dash', 'busybox ash'])('arrive complete in %s, with secrets readable by root only', async (shell) => {
    const files = await readJobFiles(request, { builderScript: 'echo ran', secrets });
    const { exitCode, output, folder } = await receive(shell, packJobFiles(files));
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'ran\n' });
    for (const { path, mode, content } of files) {
      expect((await stat(join(folder, path))).mode & 0o777).toBe(mode);
      expect(await readFile(join(folder, path))).toEqual(content);
    }
    expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'git-token'))).mode & 0o777).toBe(0o400);
  });

  it.each(['dash', 'busybox ash'])('that are truncated anywhere end the job before it runs, in %s', async (shell) => {
    const parcel = packJobFiles(await readJobFiles(request, { builderScript: 'echo ran', secrets }));
    const cuts = [0, 1, 3, parcel.indexOf('\n') + 5, parcel.indexOf('echo ran'), parcel.length - 1];
    for (const cut of cuts)
      expect(await receive(shell, parcel.subarray(0, cut))).toMatchObject({
        exitCode: exitCodes.bootstrap,
        output: expect.stringContaining('connection broke'),
      });
  });

  it('omit what is absent', async () => {
    const files = await readJobFiles({ ...request, buildSecrets: [] }, { builderScript: '', secrets: none });
    expect(files.map((file) => file.path)).toEqual(['builder.sh']);
  });

  it('report which CA file cannot be read', async () => {
    await expect(
      readJobFiles(request, { builderScript: '', secrets, gitCaFile: '/no/such.pem' }),
    ).rejects.toMatchObject({
      code: 'SettingInvalid',
      message: expect.stringContaining('/no/such.pem'),
    });
  });
});

/** Runs receive.sh as a container does, in a folder of its own. */
async function receive(shell: string, parcel: Buffer) {
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-receive-'));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  const [program, ...words] = [...shell.split(' '), '-c', await receiveScript(), 'receive.sh', folder];
  return await new Promise<{ exitCode: number | null; output: string; folder: string }>((resolve) => {
    const child = execFile(program, [...words, 'sh', join(folder, 'builder.sh')], (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, output: stdout + stderr, folder }),
    );
    child.stdin?.on('error', () => undefined).end(parcel);
  });
}
