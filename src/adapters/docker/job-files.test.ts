import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { JobRequest } from '../../ports/job-backend.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { packJobFiles, readJobFiles } from './job-files.ts';

const request: JobRequest = {
  name: 'job',
  platform: 'linux/amd64',
  buildId: 'b',
  attempt: 1,
  environment: {},
  buildSecrets: ['npm'],
  registryHost: 'registry.example:5000',
  timeoutSeconds: 1,
};
const secrets: SecretSource = {
  gitToken: async () => 'the token',
  registryCredentials: async (host) => ({ username: `user of ${host}`, password: 'pass:word' }),
  buildSecret: async (id) => Buffer.from([...Buffer.from(id), 0xff, 0x00]),
};
const none: SecretSource = { ...secrets, gitToken: async () => undefined, registryCredentials: async () => undefined };

async function unpack(tar: Buffer): Promise<Map<string, { mode: number | undefined; type: string; content: Buffer }>> {
  const found = new Map();
  const entries = Readable.from([tar]).pipe(extract());
  for await (const entry of entries) {
    const content: Buffer[] = [];
    for await (const data of entry) content.push(data as Buffer);
    found.set(entry.header.name, { mode: entry.header.mode, type: entry.header.type, content: Buffer.concat(content) });
  }
  return found;
}

describe('job files', () => {
  it('hold the secrets for root alone, byte for byte', async () => {
    const files = await unpack(await packJobFiles(await readJobFiles(request, { builderScript: 'echo hi', secrets })));
    expect(Object.fromEntries(files)).toMatchObject({
      'run/twinhull/builder.sh': { mode: 0o755, content: Buffer.from('echo hi') },
      'run/twinhull/git-token': { mode: 0o400, content: Buffer.from('the token') },
      'run/twinhull/registry-credentials': {
        mode: 0o400,
        content: Buffer.from('user of registry.example:5000\npass:word'),
      },
      'run/twinhull/secrets/npm': { mode: 0o400, content: Buffer.from([0x6e, 0x70, 0x6d, 0xff, 0x00]) },
    });
    expect(files.get('run/twinhull')?.type).toBe('directory');
    expect(files.get('run/twinhull/secrets')?.mode).toBe(0o700);
  });

  it('leave out what there is not', async () => {
    const files = await readJobFiles({ ...request, buildSecrets: [] }, { builderScript: '', secrets: none });
    expect(files.map((file) => file.path)).toEqual(['builder.sh']);
  });

  it('say which CA file cannot be read', async () => {
    await expect(
      readJobFiles(request, { builderScript: '', secrets, gitCaFile: '/no/such.pem' }),
    ).rejects.toMatchObject({
      code: 'SettingInvalid',
      message: expect.stringContaining('/no/such.pem'),
    });
  });
});
