import { expect, it } from 'vitest';
import type { BuildEvent } from '../../../src/domain/build-event.ts';
import { platforms } from '../../../src/domain/platform.ts';
import type { TagRecord } from '../../../src/domain/tag-ownership.ts';
import { samplePlan } from '../../helpers/sample-builds.ts';
import {
  buildFailed,
  createBuild,
  freshStore,
  type OpenStore,
  refusal,
  type StoredBuild,
  start,
} from './open-store.ts';

export function tagCases(open: OpenStore): void {
  it('refuses a build that would publish a tag of another live build', async () => {
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

  it('separates tags by destination', async () => {
    const { store } = await freshStore(open);
    const { plan } = await createBuild(store);
    await createBuild(store, {}, samplePlan({ commit: plan.source.commit, repository: 'registry.example/other' }));
    expect(await store.list({ limit: 9 })).toHaveLength(2);
  });

  it('releases tags when their build ends', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    await store.append(build, [buildFailed], start + 1);
    expect(await refusal(createBuild(store, {}, plan))).toBeUndefined();
  });

  it('claims the tags of a retried build again', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const failed = await store.append(build, [buildFailed], start + 1);
    const retried = await store.append(failed, [retry], start + 2);
    expect(retried.state).toBe('building');
    expect(await refusal(createBuild(store, {}, plan))).toBe('TagInUse');
  });

  it('refuses to retry a build whose tags another live build now holds', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const failed = await store.append(build, [buildFailed], start + 1);
    await createBuild(store, {}, plan);
    expect(await refusal(store.append(failed, [retry], start + 2))).toBe('TagInUse');
    expect(await store.load(build.id)).toEqual(failed);
  });

  it('refuses to retry a build whose key has another live build', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const failed = await store.append(build, [buildFailed], start + 1);
    await createBuild(store, { key: build.key }, plan);
    expect(await refusal(store.append(failed, [retry], start + 2))).toBe('TagInUse');
  });

  it('reports BuildConflict, not TagInUse, when the same build was retried in between', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const failed = await store.append(build, [buildFailed], start + 1);
    await store.append(failed, [retry], start + 2);
    expect(await refusal(store.append(failed, [retry], start + 3))).toBe('BuildConflict');
  });

  it('returns the owner of a tag by the digest that it points to', async () => {
    const { store } = await freshStore(open);
    const early = recordOf(await createBuild(store, {}, samplePlan()), 'sha256:early');
    const late = recordOf(await createBuild(store, {}, samplePlan()), 'sha256:late');
    await store.recordTags([early, late, { ...early, tag: 'stable', moving: false }]);
    const { destination } = early;
    expect(await store.tagRecord(destination, 'latest', 'sha256:early')).toEqual(early);
    expect(await store.tagRecord(destination, 'latest', 'sha256:late')).toEqual(late);
    expect(await store.tagRecord(destination, 'stable', 'sha256:early')).toMatchObject({ moving: false });
    expect(await store.tagRecord(destination, 'latest', 'sha256:other')).toBeUndefined();
    expect(await store.tagRecord('registry.example/other', 'latest', 'sha256:late')).toBeUndefined();
  });

  it('assigns a tag to the latest build that set the same digest', async () => {
    const { store } = await freshStore(open);
    const first = recordOf(await createBuild(store, {}, samplePlan()), 'sha256:same');
    const second = recordOf(await createBuild(store, {}, samplePlan()), 'sha256:same');
    await store.recordTags([first]);
    await store.recordTags([second]);
    await store.recordTags([]);
    expect(await store.tagRecord(first.destination, 'latest', 'sha256:same')).toEqual(second);
    const scanned = await store.scan(undefined, 9);
    expect(scanned.flatMap(({ tagRecords }) => tagRecords)).toEqual([second]);
  });

  it('forgets the owner of a tag with the build', async () => {
    const { store } = await freshStore(open);
    const stored = await createBuild(store);
    const record = recordOf(stored, 'sha256:gone');
    await store.recordTags([record]);
    const ended = await store.append(stored.build, [buildFailed], start + 1);
    await store.deleteBuild(ended.id, ended.version);
    expect(await store.tagRecord(record.destination, 'latest', 'sha256:gone')).toBeUndefined();
  });

  it('returns the live build that will publish a tag', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const { commit } = plan.source;
    expect(await store.liveTagHolder(build.destination, commit)).toBe(build.id);
    expect(await store.liveTagHolder(build.destination, 'latest')).toBeUndefined();
    expect(await store.liveTagHolder('registry.example/other', commit)).toBeUndefined();
    await store.append(build, [buildFailed], start + 1);
    expect(await store.liveTagHolder(build.destination, commit)).toBeUndefined();
  });
}

const retry: BuildEvent = { type: 'build.retried', platforms };

function recordOf({ build }: StoredBuild, digest: string): TagRecord {
  const { destination, id: buildId, repository, recipe, commit, createdAt: decidedAt } = build;
  const owner = { repository, recipe, image: 'task', commit };
  return { destination, tag: 'latest', digest, owner, moving: true, buildId, decidedAt };
}
