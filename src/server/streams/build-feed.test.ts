import { expect, it, onTestFinished } from 'vitest';
import { buildFailed, createBuild } from '../../../test/contract/build-store/open-store.ts';
import { amd64 } from '../../../test/helpers/sample-builds.ts';
import { VirtualClock } from '../../../test/helpers/virtual-clock.ts';
import { openSqliteStore } from '../../adapters/store/sqlite.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { BuildFeed } from './build-feed.ts';
import { EventFeed } from './event-feed.ts';
import { followBeginning } from './follow-cursor.ts';
import { followItems } from './follow-items.ts';
import { Shared } from './shared.ts';

const job = { platform: amd64, attempt: 1 } as const;

/** Counts the queries of a store. */
function counted(store: BuildStore) {
  const count = { queries: 0 };
  const counting = new Proxy(store, {
    get: (target, key): unknown => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        count.queries += 1;
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { count, counting };
}

/** A build from its first event to its last, with a number of followers that arrive over the first seconds. */
async function followed(followers: number) {
  const clock = new VirtualClock();
  const store = await openSqliteStore(':memory:');
  onTestFinished(() => store.close());
  const { count, counting } = counted(store);
  const events = new Shared<'all', EventFeed>(String, (_, over) => new EventFeed({ store: counting, clock }, over));
  const builds = new Shared<string, BuildFeed>(
    String,
    (id, over) => new BuildFeed(id, { store: counting, clock }, events, over),
  );
  const { build } = await createBuild(store);
  const log = { buildId: build.id, ...job };

  const write = async (): Promise<void> => {
    let offset = 0;
    let now = await store.append(build, [{ type: 'job.intended', ...job, name: 'name' }], clock.now());
    for (let round = 0; round < 100; round += 1) {
      await clock.sleep(730);
      const text = `line ${String(round)}\n`;
      const note = { type: 'job.note', ...job, text: `note ${String(round)}` } as const;
      await store.appendLog({ log, offset, text, cursor: '' }, round % 5 === 0 ? [note] : [], clock.now());
      offset += text.length;
    }
    await store.appendLog({ log, offset, text: 'no end', cursor: '' }, [], clock.now());
    const end = { type: 'job.ended', ...job, result: 'failed', finishedAt: 2, phases: [] } as const;
    now = await store.append(now, [end], clock.now());
    await store.append(now, [buildFailed], clock.now());
  };
  const follow = async (nth: number): Promise<string> => {
    await clock.sleep(nth * 10);
    const request = { id: build.id, from: followBeginning, logs: true };
    const { signal } = new AbortController();
    const wires: Buffer[] = [];
    for await (const { wire } of builds.using(build.id, (feed) => followItems(request, feed, clock, signal)))
      wires.push(wire);
    return Buffer.concat(wires).toString();
  };
  const [streams] = await Promise.all([
    Promise.all(Array.from({ length: followers }, (_, nth) => follow(nth))),
    write(),
  ]);
  expect([builds.size, events.size]).toEqual([0, 0]);
  return { streams, queries: count.queries };
}

it('asks the store as little for 200 followers of a build as for one', async () => {
  const one = await followed(1);
  const many = await followed(200);
  const content = (stream: string): readonly string[] =>
    stream.match(/"type":"[a-z.-]+"|line \d+|note \d+|no end|event: end/g) ?? [];
  const expected = content(one.streams[0] ?? '');
  expect(expected.slice(-4)).toEqual(['no end', '"type":"job.ended"', '"type":"build.failed"', 'event: end']);
  expect(expected.filter((each) => each.startsWith('line'))).toHaveLength(100);
  for (const stream of many.streams) {
    expect(content(stream).toSorted()).toEqual(expected.toSorted());
    expect(content(stream).slice(-4)).toEqual(expected.slice(-4));
  }
  expect(many.queries).toBeLessThanOrEqual(1.1 * one.queries);
});
