import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed, type Ran } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { type MirrorServer, startMirror } from '../helpers/mirror-server.ts';
import { pollUntil } from '../helpers/poll-until.ts';

describe('a build whose arm64 half fails because a mirror is down', () => {
  let bed: E2eBed;
  let mirror: MirrorServer;
  let mirrorIsUp = false;
  let failed: BuildJson;
  let retried: Ran;
  let build: BuildJson;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const waiting: ServerResponse[] = [];
    mirror = await startMirror(bed.lab.bridgeAddress, (path, response) => {
      if (mirrorIsUp || !path.endsWith('aarch64')) response.end(`data for ${path}\n`);
      else waiting.push(response);
    });
    const dockerfile = [
      `FROM ${bed.lab.images.busybox}`,
      'ARG MIRROR',
      'RUN wget -q -O /data "$MIRROR/$(uname -m)" && cat /data',
    ];
    const { url } = await bed.repository({ Dockerfile: `${dockerfile.join('\n')}\n` });
    const recipe = await bed.file(oneImage({ dockerfile: { cache: false, args: { MIRROR: mirror.url } } }));
    const building = bed.start(['build', '--repository', url, '--ref', 'main', '--recipe', recipe]);
    const [{ id }] = await pollUntil('the build', async () => {
      const [first] = await bed.builds();
      return first && ([first] as const);
    });
    await pollUntil('the amd64 half to succeed', async () => (await bed.status(id)).jobs[1]?.state === 'succeeded');
    await pollUntil('the arm64 half to ask', () => waiting.length > 0);
    for (const response of waiting) response.writeHead(503).end();
    expect((await building).exitCode).toBe(1);
    failed = await bed.status(id);
  });

  afterAll(async () => {
    await bed.dispose();
    await mirror.stop();
  });

  it('fails, publishes nothing, and names the half that a retry would build', async () => {
    expect(failed.state).toBe('failed');
    expect(failed.jobs.map(({ state }) => state)).toEqual(['failed', 'succeeded']);
    expect(failed.failure).toMatchObject({ platform: 'linux/arm64', phase: 'build', exitCode: 1 });
    expect(failed.failure?.logTail.join('\n')).toContain('503');
    expect(await bed.registry.published()).toEqual([]);
    const { stdout } = await bed.run(['status', failed.id]);
    expect(stdout).toMatch(new RegExp(`twinhull retry ${failed.id} +rebuilds only arm64`));
  });

  it('is published by a retry that builds only that half', async () => {
    mirrorIsUp = true;
    retried = await bed.run(['retry', failed.id, '--json']);
    expect(retried.exitCode, retried.stderr).toBe(0);
    build = JSON.parse(retried.stdout) as BuildJson;
    expect(build.id).toBe(failed.id);
    expect(build.state).toBe('published');
    expect(build.jobs[0]?.attempts.map(({ number, exitCode }) => [number, exitCode])).toEqual([
      [1, 47],
      [2, 0],
    ]);
    expect(build.jobs[1]).toEqual(failed.jobs[1]);
    expect(mirror.asked.filter((path) => path === '/x86_64')).toHaveLength(1);
    expect(mirror.asked.filter((path) => path === '/aarch64')).toHaveLength(2);
  });

  it('publishes the digest that the other half pushed before', async () => {
    const index = await bed.registry.manifest(build.commit);
    const children = index.manifests?.map(({ digest, platform }) => [platform?.architecture, digest]);
    const before = failed.images.find(({ platform }) => platform === 'linux/amd64')?.digest;
    const after = build.images.find(({ platform }) => platform === 'linux/arm64')?.digest;
    expect(children).toEqual([
      ['arm64', after],
      ['amd64', before],
    ]);
  });

  it('cannot be retried again', async () => {
    const again = await bed.run(['retry', build.id]);
    expect(again).toMatchObject({ exitCode: 2, stdout: '' });
    expect(again.stderr).toContain(`build ${build.id} is published`);
    expect(again.stderr).toContain(`twinhull images ${build.id}`);
  });
});
