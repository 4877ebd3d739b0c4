import { expect, it } from 'vitest';
import type { Build } from '../../../src/domain/build.ts';
import { platforms } from '../../../src/domain/platform.ts';
import type { BuildStore } from '../../../src/ports/build-store.ts';
import { arm64, samplePlan } from '../../helpers/sample-builds.ts';
import { buildFailed, createBuild, freshStore, type OpenStore, start } from './open-store.ts';

export function retentionCases(open: OpenStore): void {
  it('lists candidates in pages without gaps or duplicates', async () => {
    const { store } = await freshStore(open);
    const created = [];
    for (const after of [0, 1, 1, 2, 3]) created.push(await createBuild(store, { createdAt: start + after }));
    const [first] = created;
    await appendLines(store, first!.build, 1);
    const seen = [];
    for (let after: string | undefined; ; ) {
      const page = await store.scan(after, 2);
      seen.push(...page);
      after = page.at(-1)?.build.id;
      if (page.length < 2) break;
    }
    const expected = created.map(({ build, plan }) => ({
      build,
      plan,
      hasLogs: build === first!.build,
      tagRecords: [],
    }));
    expect(seen).toEqual(expected.sort((one, other) => (one.build.id < other.build.id ? -1 : 1)));
    expect(await store.scan(seen.at(-1)!.build.id, 2)).toEqual([]);
  });

  it('removes an ended build entirely, and nothing of another', async () => {
    const { store } = await freshStore(open);
    const { ended } = await endedBuild(store);
    const { ended: other } = await endedBuild(store);
    expect(await store.deleteBuild(ended.id, ended.version)).toBe(true);
    expect(await store.deleteBuild(ended.id, ended.version)).toBe(false);
    expect(await store.load(ended.id)).toBeUndefined();
    expect(await store.events({ after: 0, limit: 9, buildId: ended.id })).toEqual([]);
    expect(await store.readLog(logOf(ended), 0, 9)).toEqual([]);
    expect(await store.list({ limit: 9 })).toHaveLength(1);
    expect(await store.load(other.id)).toEqual(other);
    expect(await store.events({ after: 0, limit: 9, buildId: other.id })).toHaveLength(2);
    expect(await store.readLog(logOf(other), 0, 9)).toHaveLength(3);
  });

  it('removes more rows than one transaction holds', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const note = { type: 'job.note', platform: arm64, attempt: 1, text: 'note' } as const;
    const noted = await store.append(
      build,
      Array.from({ length: 1001 }, () => note),
      start + 1,
    );
    const ended = await store.append(noted, [buildFailed], start + 2);
    expect(await store.deleteBuild(ended.id, ended.version)).toBe(true);
    expect(await store.events({ after: 0, limit: 9 })).toEqual([]);
  });

  it('removes only logs', async () => {
    const { store } = await freshStore(open);
    const { ended } = await endedBuild(store);
    expect(await store.deleteLogs(ended.id, ended.version)).toBe(true);
    expect(await store.readLog(logOf(ended), 0, 9)).toEqual([]);
    expect(await store.load(ended.id)).toEqual(ended);
    expect((await store.scan(undefined, 9)).map(({ hasLogs }) => hasLogs)).toEqual([false]);
    expect(await store.deleteLogs(ended.id, ended.version)).toBe(true);
  });

  it('keeps open builds', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    await appendLines(store, build, 1);
    await expectUntouched(store, build);
  });

  it('keeps an ended build while its backend still holds something of it', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const intended = { type: 'job.intended', platform: arm64, attempt: 1, name: `name-${build.id}` } as const;
    const ended = await store.append(build, [intended, buildFailed], start + 1);
    await appendLines(store, ended, 1);
    await expectUntouched(store, ended);
  });

  it('keeps a build that was retried in between', async () => {
    const { store } = await freshStore(open);
    const { ended } = await endedBuild(store);
    const retried = await store.append(ended, [{ type: 'build.retried', platforms }], start + 9);
    expect(await store.deleteLogs(ended.id, ended.version)).toBe(false);
    expect(await store.deleteBuild(ended.id, ended.version)).toBe(false);
    await expectUntouched(store, retried);
  });
}

async function expectUntouched(store: BuildStore, build: Build): Promise<void> {
  const events = await store.events({ after: 0, limit: 99, buildId: build.id });
  const log = await store.readLog(logOf(build), 0, 99);
  expect(log).not.toEqual([]);
  expect(await store.deleteLogs(build.id, build.version)).toBe(false);
  expect(await store.deleteBuild(build.id, build.version)).toBe(false);
  expect(await store.load(build.id)).toEqual(build);
  expect(await store.events({ after: 0, limit: 99, buildId: build.id })).toEqual(events);
  expect(await store.readLog(logOf(build), 0, 99)).toEqual(log);
}

async function endedBuild(store: BuildStore) {
  const { build } = await createBuild(store, {}, samplePlan());
  await appendLines(store, build, 3);
  return { ended: await store.append(build, [buildFailed], start + 1) };
}

async function appendLines(store: BuildStore, build: Build, count: number): Promise<void> {
  for (let line = 0; line < count; line++) {
    await store.appendLog({ log: logOf(build), offset: line * 2, text: '.\n', cursor: String(line) }, [], start);
  }
}

function logOf({ id }: Build) {
  return { buildId: id, platform: arm64, attempt: 1 };
}
