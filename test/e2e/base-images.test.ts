import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { openGate } from '../helpers/e2e-gate.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { filesOf } from '../helpers/image-files.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const script = `set -eu
docker build -t "$3/$2:$1" .
docker push "$3/$2:$1"
`;

describe('a base image given by a moving tag', () => {
  let bed: E2eBed;
  const digests: Record<string, string> = {};

  beforeAll(async () => {
    bed = await E2eBed.open();
    const { repository, url } = await bed.repository({ README: 'bases\n' });
    const recipe = await bed.file(oneImage({ tags: [{ tag: '{branch}', moving: true }] }));
    for (const version of ['v1', 'v2']) {
      const Dockerfile = `FROM ${bed.lab.images.busybox}\nRUN echo ${version} >/version\n`;
      await repository.commit({ Dockerfile }, { branch: version });
      const built = await bed.run(['build', '--repository', url, '--ref', version, '--recipe', recipe, '--json']);
      expect(built.exitCode, built.stderr).toBe(0);
      digests[version] = await bed.registry.digest(version);
    }
  });

  afterAll(() => bed.dispose());

  async function move(tag: string, version: string): Promise<void> {
    const registry = openRegistry(bed.destination);
    try {
      const manifest = await registry.getManifest(version);
      if (manifest === undefined) throw new Error(`there is no ${version}`);
      await registry.putManifest(tag, manifest);
    } finally {
      await registry.close();
    }
  }

  async function expectBases(build: BuildJson, tag: string, version: string): Promise<void> {
    for (const { bases, digest } of build.images) {
      expect(bases).toEqual([{ reference: `${bed.destination}:${tag}`, digest: digests[version] }]);
      expect((await filesOf(bed.registry, digest)).get('seen')?.toString()).toBe(`${version}\n`);
    }
    expect(build.images).toHaveLength(2);
  }

  it.each([
    ['a Dockerfile', 'stale-1', { dockerfile: { cache: false } }],
    [
      'a script',
      'stale-2',
      { dockerfile: undefined, script: { path: 'build.sh', args: ['{tag}', '{repository}', '{registry}'] } },
    ],
  ])('is the same for both halves of %s where the engine has a stale copy', async (_, tag, image) => {
    await move(tag, 'v1');
    const local = `${bed.destination}:${tag}`;
    const pulled = await bed.docker.pull(local, { platform: 'linux/amd64' });
    await new Promise((resolve) => bed.docker.modem.followProgress(pulled, resolve));
    try {
      await move(tag, 'v2');
      const Dockerfile = `FROM ${local}\nRUN cp /version /seen\n`;
      const { url } = await bed.repository({ Dockerfile, 'build.sh': script });
      const recipe = await bed.file(oneImage({ tags: [`{commit}-${tag}`], ...image }));
      const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
      expect(ran.exitCode, ran.stderr).toBe(0);
      const build = JSON.parse(ran.stdout) as BuildJson;
      await expectBases(build, tag, 'v2');
      const status = await bed.run(['status', build.id]);
      expect(status.stdout).toContain(`base       ${local} ${digests['v2']?.slice(0, 19) ?? ''}\n`);
    } finally {
      await bed.docker.getImage(local).remove({ force: true });
    }
  });

  it('is resolved again for the first half where it moved before the second', async () => {
    await move('moving', 'v1');
    const gate = await openGate(bed);
    try {
      const from = gate.dockerfile('moving').replace(bed.lab.images.busybox, `${bed.destination}:moving`);
      const { url } = await bed.repository({ Dockerfile: `${from}RUN cp /version /seen\n` });
      const recipe = await bed.file(oneImage({ tags: ['{commit}-moving'] }));
      const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json'];
      const running = bed.start(words, { env: { TWINHULL_MAX_JOBS: '1' } });
      await pollUntil('the first half has its base', () => gate.waiting() === 1);
      await move('moving', 'v2');
      gate.letGo();
      const { exitCode, stdout, stderr } = await running;
      expect(exitCode, stderr).toBe(0);
      const build = JSON.parse(stdout) as BuildJson;
      await expectBases(build, 'moving', 'v2');
      expect(build.jobs.map(({ attempts }) => attempts.length)).toEqual([2, 1]);
      expect(stderr).toContain(`was built from two versions of ${bed.destination}:moving`);
    } finally {
      await gate.close();
    }
  });
});
