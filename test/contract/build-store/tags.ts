import { expect, it } from 'vitest';
import type { TagMove } from '../../../src/domain/build.ts';
import type { BuildEvent } from '../../../src/domain/build-event.ts';
import { platforms } from '../../../src/domain/platform.ts';
import type { BuildStore } from '../../../src/ports/build-store.ts';
import { samplePlan } from '../../helpers/sample-builds.ts';
import { buildFailed, createBuild, freshStore, type OpenStore, refusal, start } from './open-store.ts';

export function tagCases(open: OpenStore): void {
  it('refuses a build that is going to publish a tag of another live build', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    await expect(createBuild(store, {}, plan)).rejects.toMatchObject({
      code: 'TagInUse',
      message: expect.stringContaining(build.id) as string,
      hint: expect.stringContaining(`twinhull wait ${build.id}`) as string,
    });
    expect(await store.list({ limit: 9 })).toHaveLength(1);
    expect(await store.events({ after: 0, limit: 9 })).toHaveLength(1);
  });

  it('holds tags apart by destination', async () => {
    const { store } = await freshStore(open);
    const { plan } = await createBuild(store);
    await createBuild(store, {}, samplePlan({ commit: plan.source.commit, repository: 'registry.example/other' }));
    expect(await store.list({ limit: 9 })).toHaveLength(2);
  });

  it('gives tags back when their build ends', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    await store.append(build, [buildFailed], start + 1);
    expect(await refusal(createBuild(store, {}, plan))).toBeUndefined();
  });

  it('claims the tags of a retried build anew', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const failed = await store.append(build, [buildFailed], start + 1);
    const retried = await store.append(failed, [retry], start + 2);
    expect(retried.state).toBe('building');
    expect(await refusal(createBuild(store, {}, plan))).toBe('TagInUse');
  });

  it('refuses to retry a build whose tags are meanwhile another live build', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const failed = await store.append(build, [buildFailed], start + 1);
    await createBuild(store, {}, plan);
    expect(await refusal(store.append(failed, [retry], start + 2))).toBe('TagInUse');
    expect(await store.load(build.id)).toEqual(failed);
  });

  it('refuses to retry a build whose key is meanwhile live again', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const failed = await store.append(build, [buildFailed], start + 1);
    await createBuild(store, { key: build.key }, plan);
    expect(await refusal(store.append(failed, [retry], start + 2))).toBe('TagInUse');
  });

  it('says BuildConflict, not TagInUse, when the same build was retried in between', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const failed = await store.append(build, [buildFailed], start + 1);
    await store.append(failed, [retry], start + 2);
    expect(await refusal(store.append(failed, [retry], start + 3))).toBe('BuildConflict');
  });

  it('tells who of all builds put a tag last, by time of submit', async () => {
    const { store } = await freshStore(open);
    const early = await putLatest(store, start, 'sha256:early');
    const late = await putLatest(store, start + 1000, 'sha256:late');
    const { destination } = early;
    expect(await store.lastMove(destination, 'latest')).toEqual({
      buildId: late.id,
      createdAt: start + 1000,
      digest: 'sha256:late',
    });
    expect(await store.lastMove(destination, 'stable')).toBeUndefined();
    expect(await store.lastMove('registry.example/other', 'latest')).toBeUndefined();
  });

  it('does not count tags that were only planned, kept or reverted', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const planned = await store.append(build, [{ type: 'publish.started' }, planMove('sha256:new')], start + 1);
    expect(await store.lastMove(build.destination, 'latest')).toBeUndefined();
    const put = await store.append(
      planned,
      [{ type: 'publish.tag-put', tag: 'latest', digest: 'sha256:new' }],
      start + 2,
    );
    expect(await store.lastMove(build.destination, 'latest')).toMatchObject({ digest: 'sha256:new' });
    await store.append(put, [{ type: 'publish.tag-reverted', tag: 'latest' }], start + 3);
    expect(await store.lastMove(build.destination, 'latest')).toBeUndefined();
  });
}

const retry: BuildEvent = { type: 'build.retried', platforms };

function planMove(newDigest: string): BuildEvent {
  const move: TagMove = {
    tag: 'latest',
    image: 'task',
    kind: 'index',
    platforms,
    moving: true,
    newDigest,
    state: 'planned',
  };
  return { type: 'publish.planned', tags: [move] };
}

async function putLatest(store: BuildStore, createdAt: number, digest: string) {
  const { build } = await createBuild(store, { createdAt });
  const events: BuildEvent[] = [
    { type: 'publish.started' },
    planMove(digest),
    { type: 'publish.tag-put', tag: 'latest', digest },
  ];
  return store.append(build, [...events, { type: 'build.published' }], createdAt + 500);
}
