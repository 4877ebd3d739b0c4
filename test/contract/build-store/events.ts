import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../../src/domain/build-event.ts';
import { arm64 } from '../../helpers/sample-builds.ts';
import { buildFailed, createBuild, freshStore, type OpenStore, start } from './open-store.ts';

export function eventCases(open: OpenStore): void {
  it('keeps events in the order in which they were recorded', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    await store.append(build, [{ type: 'build.cancel-requested' }, { type: 'build.cancelled' }], start + 3);
    const events = await store.events({ after: 0, limit: 9 });
    expect(events.map(({ event, at, buildId }) => [event.type, at, buildId])).toEqual([
      ['build.created', start, build.id],
      ['build.cancel-requested', start + 3, build.id],
      ['build.cancelled', start + 3, build.id],
    ]);
    const sequences = events.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(new Set(sequences).size).toBe(3);
  });

  it('pages through the events of all builds, or of one', async () => {
    const { store } = await freshStore(open);
    const { build: one } = await createBuild(store);
    const { build: two } = await createBuild(store);
    let current = one;
    for (let at = 1; at <= 5; at++)
      current = await store.append(current, [{ type: 'build.cancel-requested' }], start + at);
    await store.append(two, [buildFailed], start + 9);
    const pages = async (buildId?: string) => {
      const all: RecordedEvent[] = [];
      for (;;) {
        const page = await store.events({ after: all.at(-1)?.sequence ?? 0, limit: 2, ...(buildId && { buildId }) });
        all.push(...page);
        if (page.length < 2) return all;
      }
    };
    expect(await pages()).toHaveLength(8);
    expect(await pages(one.id)).toHaveLength(6);
    expect((await pages(two.id)).map(({ event }) => event)).toEqual([expect.anything(), buildFailed]);
  });

  it('returns an event unchanged', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const event = { type: 'job.note', platform: arm64, attempt: 1, text: 'é "quoted" \0 \u{1F600} \\n' } as const;
    await store.append(build, [event], start + 1);
    expect((await store.events({ after: 0, limit: 9 })).at(-1)?.event).toEqual(event);
  });
}
