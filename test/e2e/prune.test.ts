import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { digestOf } from '../../src/domain/image-reference.ts';
import { platformArchitecture, platforms } from '../../src/domain/platform.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectRefusal } from '../helpers/expect-refusal.ts';

const atOnce = ['--keep-days', '0', '--keep-failed-days', '0', '--keep-log-days', '0', '--keep-cache-days', '0'];

/** The tests of this file depend on each other, in order, on a real registry: its builds are shared. */
describe('prune', () => {
  let bed: E2eBed;
  let first: BuildJson;
  let second: BuildJson;
  let failed: string;
  let before: readonly string[];

  async function build(words: readonly string[]) {
    const ran = await bed.run(['build', ...words, '--json']);
    return { ...ran, build: JSON.parse(ran.stdout) as BuildJson };
  }

  async function prune(words: readonly string[]) {
    const ran = await bed.run(['prune', ...words, '--json']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    return JSON.parse(ran.stdout) as { removals: { kind: string; name: string }[]; kept: { name: string }[] };
  }

  /** Pulls as a consumer does, checks every layer against its digest, and returns the platform. */
  async function pull(reference: string, platform: (typeof platforms)[number]): Promise<string> {
    const architecture = platformArchitecture(platform);
    const folder = `${bed.folder}/pulled-${digestOf(Buffer.from(reference)).slice(-8)}-${architecture}`;
    const choice = ['--override-os', 'linux', '--override-arch', architecture];
    await execa('skopeo', [
      ...choice,
      'copy',
      '--quiet',
      '--src-tls-verify=false',
      `docker://${reference}`,
      `dir:${folder}`,
    ]);
    const { stdout } = await execa('skopeo', [...choice, 'inspect', '--config', `dir:${folder}`]);
    return (JSON.parse(stdout) as { architecture: string }).architecture;
  }

  async function expectPulls({ tags, images }: BuildJson): Promise<void> {
    for (const { tag, digest } of tags) {
      for (const platform of platforms) {
        const architecture = platformArchitecture(platform);
        expect(await pull(`${bed.destination}:${tag}`, platform)).toBe(architecture);
        expect(await pull(`${bed.destination}@${digest}`, platform)).toBe(architecture);
      }
    }
    for (const { digest, platform } of images) {
      expect(await pull(`${bed.destination}@${digest}`, platform)).toBe(platformArchitecture(platform));
    }
  }

  beforeAll(async () => {
    bed = await E2eBed.open();
    const dockerfile = (line: string) => `FROM ${bed.lab.images.busybox}\nRUN echo ${line} ${bed.name} >/line\n`;
    const { url, repository, commit } = await bed.repository({ Dockerfile: dockerfile('one') });
    const recipe = await bed.file(oneImage({ tags: ['{commit}', 'latest'], dockerfile: { cache: true } }));
    const source = ['--repository', url, '--recipe', recipe];
    first = (await build([...source, '--ref', commit])).build;
    await repository.commit({ Dockerfile: dockerfile('two') });
    second = (await build([...source, '--ref', 'main'])).build;
    await repository.commit({ Dockerfile: `${dockerfile('three')}RUN test "$(uname -m)" = x86_64\n` });
    const broken = await bed.run(['build', ...source, '--ref', 'main', '--json']);
    expect(broken.exitCode).toBe(1);
    failed = (JSON.parse(broken.stdout) as BuildJson).id;
    before = await bed.registry.tags();
  });

  afterAll(() => bed.dispose());

  it('keeps everything recent', async () => {
    const { removals, kept } = await prune([]);
    expect(removals).toEqual([]);
    expect(kept.map(({ name }) => name)).toEqual(expect.arrayContaining([first.id, second.id, failed]));
  });

  it('lists what it would remove, and changes nothing without --yes', async () => {
    for (const words of [[], ['--dry-run']]) {
      const ran = await bed.run(['prune', ...atOnce, ...words]);
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
      expect(ran.stdout).toContain('would remove: ');
      expect(ran.stdout).toContain('use --yes to remove it');
      expect(ran.stdout).toMatch(new RegExp(`^build +${failed} +goes$`, 'm'));
      expect(ran.stdout).toMatch(new RegExp(`^build +${second.id} +kept: `, 'm'));
    }
    expect(await bed.registry.tags()).toEqual(before);
    expect(await bed.builds()).toHaveLength(3);
    const both = await bed.run(['prune', '--yes', '--dry-run']);
    expect(both.exitCode).toBe(2);
  });

  it('removes staging and cache tags, logs and failed builds; every published image remains pullable', async () => {
    const half = before.filter((tag) => tag.startsWith('staging-')).length;
    expect(half).toBeGreaterThanOrEqual(4);
    const { removals } = await prune([...atOnce, '--yes']);
    expect(removals).toContainEqual(expect.objectContaining({ kind: 'build', name: failed }));
    expect(await bed.registry.tags()).toEqual([first.commit, second.commit, 'latest'].sort());
    expect((await bed.builds()).map(({ id }) => id)).toEqual([second.id, first.id]);
    expect((await bed.run(['logs', first.id])).stdout).toBe('');
    expectRefusal(await bed.run(['status', failed]), 2, 'BuildNotFound', failed);
    await expectPulls(second);
    await expectPulls({ ...first, tags: first.tags.filter(({ tag }) => tag !== 'latest') });
    expect((await prune([...atOnce, '--yes'])).removals).toEqual([]);
  });

  it('leaves a published build unchanged', async () => {
    const { recipe, repository, commit } = second;
    expect(recipe).toBe('one');
    const file = await bed.file(oneImage({ tags: ['{commit}', 'latest'], dockerfile: { cache: true } }));
    const again = await build(['--repository', repository, '--recipe', file, '--ref', commit]);
    expect(again.build.id).toBe(second.id);
  });

  it('removes old published tags only on request, and never one that another tag needs', async () => {
    const stable = await bed.run(['promote', first.commit, '--tag', 'stable']);
    expect(stable.exitCode, stable.stderr).toBe(0);
    const words = [...atOnce, '--published', '--keep-published', '0', '--yes'];
    await prune(words);
    // `latest` belongs to the second build, and `stable` to the first: each keeps its build and all that it published.
    expect(await bed.registry.tags()).toEqual([first.commit, second.commit, 'latest', 'stable'].sort());
    expect((await bed.builds()).map(({ id }) => id)).toEqual([second.id, first.id]);
    await expectPulls(second);
    await expectPulls({ ...first, tags: [{ ...first.tags[0]!, tag: 'stable' }] });
  });
});
