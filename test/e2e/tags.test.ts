import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectRefusal } from '../helpers/expect-refusal.ts';
import { pollUntil } from '../helpers/poll-until.ts';

/** The tests of this file depend on each other, in order: its builds are shared. */
describe('tags', () => {
  let bed: E2eBed;
  let source: readonly string[];
  let first: BuildJson;
  let second: BuildJson;

  async function build(words: readonly string[]): Promise<BuildJson> {
    const ran = await bed.run(['build', ...source, ...words, '--json']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    return JSON.parse(ran.stdout) as BuildJson;
  }

  beforeAll(async () => {
    bed = await E2eBed.open();
    const dockerfile = (line: string) => `FROM ${bed.lab.images.busybox}\nRUN echo ${line} ${bed.name} >/line\n`;
    const { url, repository, commit } = await bed.repository({ Dockerfile: dockerfile('one') });
    const tags = ['{commit}', '{commit}-{platform}', 'latest', '{branch}'];
    source = ['--repository', url, '--recipe', await bed.file(oneImage({ tags }))];
    first = await build(['--ref', commit.slice(0, 9)]);
    await repository.commit({ Dockerfile: dockerfile('two') });
    second = await build(['--ref', 'main']);
  });

  afterAll(() => bed.dispose());

  it('of a commit are an index, one for each platform, and the moving ones', async () => {
    const { commit } = first;
    expect(first.reference).toBe(commit.slice(0, 9));
    // Without a branch there is no tag of a branch.
    expect(first.tags.map(({ tag }) => tag)).toEqual([commit, `${commit}-arm64`, `${commit}-amd64`, 'latest']);
    const index = await bed.registry.manifest(commit);
    const children = index.manifests?.map(({ platform, digest }) => [
      `${platform?.os}/${platform?.architecture}`,
      digest,
    ]);
    expect(children).toEqual([
      ['linux/arm64', await bed.registry.digest(`${commit}-arm64`)],
      ['linux/amd64', await bed.registry.digest(`${commit}-amd64`)],
    ]);
  });

  it('that move point to the later build', async () => {
    const newest = await bed.registry.digest(second.commit);
    expect(newest).not.toBe(await bed.registry.digest(first.commit));
    expect(await bed.registry.digest('latest')).toBe(newest);
    expect(await bed.registry.digest('main')).toBe(newest);
    const latest = second.tags.find(({ tag }) => tag === 'latest');
    expect(latest).toMatchObject({ digest: newest, previousDigest: await bed.registry.digest(first.commit) });
  });

  it('that exist are not rebuilt', async () => {
    const again = await bed.run(['build', ...source, '--ref', 'main', '--json']);
    expect(again.exitCode).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual(second);
    expect(again.stderr).toBe(
      `the images of commit ${second.commit} already exist: build ${second.id} published them\n`,
    );
  });

  it('are promoted without a build, and those of a commit cannot be moved', async () => {
    const { commit } = first;
    const promoted = await bed.run(['promote', commit.slice(0, 8), '--tag', 'stable']);
    const digest = await bed.registry.digest(commit);
    expect(promoted).toMatchObject({ exitCode: 0, stderr: '', stdout: `${bed.destination}:stable -> ${digest}\n` });
    expect(await bed.registry.digest('stable')).toBe(digest);

    const moved = await bed.run(['promote', second.commit, '--tag', 'stable', '--json']);
    expect(JSON.parse(moved.stdout)).toMatchObject({ digest: await bed.registry.digest('main'), oldDigest: digest });
    expect(await bed.registry.digest('stable')).toBe(await bed.registry.digest(second.commit));

    const own = await bed.run(['promote', commit, '--tag', commit]);
    expectRefusal(own, 2, 'ArgumentInvalid', 'is a tag that builds publish');
    const image = await bed.run(['promote', commit, '--tag', 'stable', '--image', 'nosuch']);
    expectRefusal(image, 2, 'ImageNotPublished', 'it published: app');
    expect((await bed.builds()).length).toBe(2);
  });

  it('set by another client are replaced only with --force', async () => {
    // For another store, the owner of the first build's tags is unknown.
    const env = { TWINHULL_STATE_DIR: `${bed.folder}/other-state` };
    const words = ['build', ...source, '--ref', first.commit];
    const before = await bed.registry.digest(first.commit);
    const refused = await bed.run(words, { env });
    expectRefusal(refused, 2, 'TagExists', /already exists .* replace it with --force/);
    expect(await bed.registry.digest(first.commit)).toBe(before);
    const forced = await bed.run([...words, '--force', '--json'], { env });
    expect(forced.exitCode, forced.stderr).toBe(0);
    const tag = (JSON.parse(forced.stdout) as BuildJson).tags[0];
    expect(tag).toMatchObject({ tag: first.commit, previousDigest: before });
    expect(await bed.registry.digest(first.commit)).toBe(tag?.digest);
  });

  it('of a live build are in use until it is cancelled', async () => {
    const { url } = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo begins; sleep 600\n`,
    });
    const recipe = await bed.file(oneImage({ tags: ['{commit}', 'latest'] }));
    // `latest` belongs to the other repository.
    const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--detach', '--force'];
    const detached = await bed.run(words);
    expect(detached).toMatchObject({ exitCode: 0, stderr: '' });
    const id = detached.stdout.trim();
    expect(id).toMatch(/^[0-9a-z]{12}$/);

    const tags = await bed.run(['build', ...source, '--ref', 'main', '--force']);
    expectRefusal(tags, 2, 'TagInUse', 'latest');
    const waited = await bed.run(['wait', id, '--timeout', '1']);
    expectRefusal(waited, 2, 'JobTimedOut', `build ${id} is still building after 1 s`);
    const live = await bed.run(['retry', id]);
    expectRefusal(live, 2, 'BuildNotRetryable', `build ${id} is still building`);
    await pollUntil('both steps', async () => (await bed.run(['logs', id])).stdout.match(/\d begins$/gm)?.length === 2);

    expect(await bed.run(['cancel', id])).toMatchObject({ exitCode: 0, stderr: `build ${id} is being cancelled\n` });
    const ended = await bed.run(['wait', id]);
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toContain('none of its tags was published');
    const state = await bed.status(id);
    expect(state.state).toBe('cancelled');
    expect(state.jobs.map((job) => job.state)).toEqual(['stopped', 'stopped']);
    expect(await bed.builders(id)).toEqual([]);
    const again = await bed.run(['cancel', id]);
    expect(again).toEqual({ exitCode: 0, stdout: '', stderr: `build ${id} is already cancelled\n` });
    const late = await bed.run(['cancel', second.id]);
    expect(late).toMatchObject({ exitCode: 2, stdout: '' });
    expect(late.stderr).toBe(`build ${second.id} is published and can no longer be cancelled\n`);
    expectRefusal(await bed.run(['images', id]), 2, 'ImageNotPublished', `build ${id} is cancelled`);
  });
});
