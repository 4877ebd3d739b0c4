import { expect, it } from 'vitest';
import { attemptName } from '../../../src/domain/build.ts';
import { amd64, arm64, samplePlan } from '../../helpers/sample-builds.ts';
import { buildFailed, createBuild, freshStore, type OpenStore, start } from './open-store.ts';

export function listCases(open: OpenStore): void {
  it('lists the newest first, in pages without gaps or duplicates', async () => {
    const { store } = await freshStore(open);
    const ids: string[] = [];
    // Two builds of the same millisecond are on either side of a page boundary.
    for (const after of [0, 1, 1, 2, 3]) ids.push((await createBuild(store, { createdAt: start + after })).build.id);
    const seen: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = await store.list({ limit: 2, before });
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1)?.id;
      if (page.length < 2) break;
    }
    expect(seen).toHaveLength(5);
    expect([...seen].sort()).toEqual([...ids].sort());
    expect(seen[0]).toBe(ids[4]);
    expect(seen[4]).toBe(ids[0]);
  });

  it('reports that the build of a cursor was removed, distinct from the end of the list', async () => {
    const { store } = await freshStore(open);
    const { build: older } = await createBuild(store);
    const { build: newer } = await createBuild(store, { createdAt: start + 1 });
    expect(await store.list({ limit: 1, before: older.id })).toEqual([]);
    const { version } = await store.append(newer, [buildFailed], start + 2);
    expect(await store.deleteBuild(newer.id, version)).toBe(true);
    await expect(store.list({ limit: 1, before: newer.id })).rejects.toMatchObject({
      code: 'BuildNotFound',
      message: expect.stringContaining(newer.id) as string,
    });
  });

  it('returns the fields of the list', async () => {
    const { store } = await freshStore(open);
    const labels = { branch: 'main', submittedBy: 'ci', subject: 'Fix the cell', author: 'Ada' };
    const { build } = await createBuild(store, labels);
    const job = { platform: arm64, attempt: 1 };
    const name = attemptName(build.id, arm64, 1);
    const queued = await store.append(build, [{ ...job, type: 'job.intended', name }], start + 1);
    const reason = 'no instance is free';
    await store.append(queued, [{ ...job, type: 'job.waiting', reason }, buildFailed], start + 7);
    const { id, recipe, repository, commit, reference, destination, createdAt } = build;
    const attempts = [{ number: 1, intendedAt: start + 1, waitingFor: reason }];
    expect(await store.list({ limit: 1 })).toEqual([
      {
        ...{
          id,
          state: 'failed',
          recipe,
          repository,
          commit,
          reference,
          destination,
          createdAt,
          finishedAt: start + 7,
        },
        ...labels,
        jobs: [
          { platform: arm64, state: 'active', attempts },
          { platform: amd64, state: 'pending', attempts: [] },
        ],
      },
    ]);
  });

  it('filters by state and by commit', async () => {
    const { store } = await freshStore(open);
    const { build: live } = await createBuild(store);
    const { build: ended } = await createBuild(store, { createdAt: start + 1 });
    await store.append(ended, [buildFailed], start + 2);
    const idsOf = async (query: Parameters<typeof store.list>[0]) => (await store.list(query)).map(({ id }) => id);
    expect(await idsOf({ limit: 9, states: ['building'] })).toEqual([live.id]);
    expect(await idsOf({ limit: 9, states: ['failed', 'published'] })).toEqual([ended.id]);
    expect(await idsOf({ limit: 9, states: ['building', 'failed'] })).toEqual([ended.id, live.id]);
    expect(await idsOf({ limit: 9, states: [] })).toEqual([]);
    expect(await idsOf({ limit: 9, commit: live.commit })).toEqual([live.id]);
    expect(await idsOf({ limit: 9, commit: live.commit, states: ['failed'] })).toEqual([]);
    expect(await idsOf({ limit: 9, commit: live.commit.slice(0, 7) })).toEqual([live.id]);
  });

  it('filters by branch, recipe and who submitted', async () => {
    const { store } = await freshStore(open);
    const labels = { branch: 'main', submittedBy: 'ci' };
    const { build: first } = await createBuild(store, labels);
    const { build: second } = await createBuild(store, { ...labels, branch: 'Main', createdAt: start + 1 });
    const { build: third } = await createBuild(store, { ...labels, recipe: 'other', createdAt: start + 2 });
    const { build: bare } = await createBuild(store, { createdAt: start + 3 });
    const idsOf = async (query: Omit<Parameters<typeof store.list>[0], 'limit'>) =>
      (await store.list({ ...query, limit: 9 })).map(({ id }) => id);
    expect(await idsOf({ branch: 'main' })).toEqual([third.id, first.id]);
    expect(await idsOf({ recipe: first.recipe })).toEqual([bare.id, second.id, first.id]);
    expect(await idsOf({ submittedBy: 'ci' })).toEqual([third.id, second.id, first.id]);
    expect(await idsOf({ submittedBy: 'ci', branch: 'main', recipe: 'other', states: ['building'] })).toEqual([
      third.id,
    ]);
    expect(await idsOf({ submittedBy: 'ci', branch: 'main', before: third.id })).toEqual([first.id]);
    expect(await idsOf({ branch: 'mai' })).toEqual([]);
    expect(await idsOf({ submittedBy: '%' })).toEqual([]);
  });

  it('finds builds by the beginning of a commit or of an id', async () => {
    const { store } = await freshStore(open);
    const named = async (id: string, commit: string, after: number) =>
      (await createBuild(store, { id, createdAt: start + after }, samplePlan({ commit }))).build.id;
    const first = await named('abcd00000000', `1234${'0'.repeat(36)}`, 0);
    const second = await named('abcdzzzzzzzz', `abcd${'f'.repeat(36)}`, 1);
    const third = await named('abce00000000', `abcd${'0'.repeat(36)}`, 2);
    const idsOf = async (search: string, before?: string) =>
      (await store.list({ search, before, limit: 9 })).map(({ id }) => id);
    expect(await idsOf('abcd')).toEqual([third, second, first]);
    expect(await idsOf('abcd', third)).toEqual([second, first]);
    expect(await idsOf('abcd0')).toEqual([third, first]);
    expect(await idsOf('1234')).toEqual([first]);
    expect(await idsOf('1234'.padEnd(40, '0'))).toEqual([first]);
    expect(await idsOf('abcdzzzzzzzz')).toEqual([second]);
    expect(await idsOf('abcc')).toEqual([]);
    expect(await idsOf('bcd0')).toEqual([]);
  });

  it('opens live builds, oldest first, and none that ended cleanly', async () => {
    const { store } = await freshStore(open);
    const { build: late } = await createBuild(store, { createdAt: start + 5 });
    const { build: early } = await createBuild(store, { createdAt: start });
    const { build: ended } = await createBuild(store, { createdAt: start + 1 });
    await store.append(ended, [buildFailed], start + 2);
    expect(await store.open()).toEqual([early, late]);
  });

  it('returns a known open build only when it has changed', async () => {
    const { store } = await freshStore(open);
    const { build: same } = await createBuild(store);
    const { build: changed } = await createBuild(store, { createdAt: start + 1 });
    const { build: ended } = await createBuild(store, { createdAt: start + 2 });
    const known = new Map((await store.open()).map((build) => [build.id, build]));
    const { build: fresh } = await createBuild(store, { createdAt: start + 3 });
    const asked = await store.append(changed, [{ type: 'build.cancel-requested' }], start + 4);
    await store.append(ended, [buildFailed], start + 4);
    const opened = await store.open(known);
    expect(opened).toEqual([same, asked, fresh]);
    expect(opened[0]).toBe(known.get(same.id));
  });

  it('keeps an ended build open until its backend holds nothing of it', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const name = attemptName(build.id, arm64, 1);
    const ended = await store.append(
      build,
      [{ type: 'job.intended', platform: arm64, attempt: 1, name }, buildFailed],
      start + 1,
    );
    expect(await store.open()).toEqual([ended]);
    await store.append(ended, [{ type: 'job.released', platform: arm64, attempt: 1 }], start + 2);
    expect(await store.open()).toEqual([]);
  });
}
