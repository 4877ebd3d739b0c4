import { randomBytes } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createRepository, readLab } from '../../lab/lab.ts';
import type { GitRemoteOptions } from '../../src/adapters/git/call-remote.ts';
import { resolveReference } from '../../src/adapters/git/resolve-reference.ts';
import { hostAudience } from '../../src/domain/git-audience.ts';

it('makes one clone of a repository at a time for concurrent lookups of abbreviated commits', async () => {
  const lab = (await readLab()) ?? expect.fail('the lab is not up');
  const token = (await readFile(lab.git.tokenFile, 'utf8')).trim();
  const created = await createRepository(lab, `bounded-${randomBytes(6).toString('hex')}`, { a: '1' });
  await created.repository.commit({ a: '2' });
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-bounded-'));
  onTestFinished(async () => {
    created.repository.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const counts: Promise<number>[] = [];
  const watcher = watch(folder, () => counts.push(readdir(folder).then(({ length }) => length)));
  const credential: GitRemoteOptions['credential'] = async (address) => ({
    audience: hostAudience(address),
    username: 'x-access-token',
    token,
  });
  const options = { credential, caFile: lab.git.caFile, workFolder: folder };
  const prefix = created.commit.slice(0, 9);
  const found = await Promise.all(Array.from({ length: 25 }, () => resolveReference(created.url, prefix, options)));
  watcher.close();
  expect(new Set(found.map(({ commit }) => commit))).toEqual(new Set([created.commit]));
  expect(Math.max(...(await Promise.all(counts)))).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});
