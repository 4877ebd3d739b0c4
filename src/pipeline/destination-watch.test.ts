import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drive, freshWorld, requireEnded, submit, within } from '../../test/helpers/driver-world.ts';
import { appearedTags, type SeenTags } from './destination-watch.ts';

const seen = (tags: Readonly<Record<string, string>>): SeenTags => ({
  tags: new Set(Object.keys(tags)),
  digests: new Map(Object.entries(tags)),
});

describe('appearedTags', () => {
  it('names tags that are new or have moved, except those that jobs push', () => {
    const before = seen({ stays: 'a', moves: 'a', goes: 'a' });
    const after = seen({ stays: 'a', moves: 'b', comes: 'a', 'staging-app-arm64-k': 'a', 'cache-app-arm64': 'a' });
    expect(appearedTags(before, after)).toEqual(['comes', 'moves']);
  });

  it('reports nothing about a tag that was not resolved', () => {
    const before = { tags: new Set(['latest']), digests: new Map<string, string>() };
    expect(appearedTags(before, seen({ latest: 'b' }))).toEqual([]);
  });

  it('finds no difference between equal snapshots', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (tags) => {
        expect(appearedTags(seen(tags), seen(tags))).toEqual([]);
      }),
    );
  });
});

const failure = { phase: 'build', reason: 'step-failed', exitCode: 7 } as const;

describe('a build whose job pushes outside the builder', () => {
  it.each([
    ['fails', failure, { failure: { appeared: ['by-path'] } }],
    ['is published', 'succeeds', { state: 'published' }],
  ] as const)('names the tag if it %s', async (_, end, expected) => {
    const world = await freshWorld({
      backend: {
        script: ({ platform }) => {
          world.registry.push('by-path', platform, 'stranger');
          return { end };
        },
      },
    });
    world.registry.push('of-before', 'linux/amd64', 'other');
    const { id } = await submit(world);
    await within(world, 5, drive(world).over);
    expect(await requireEnded(world, id)).toMatchObject(expected);
    const events = await world.store.events({ after: 0, limit: 1000, buildId: id });
    const named = events.flatMap(({ event }) => (event.type === 'build.tags-appeared' ? [event.tags] : []));
    expect(named).toEqual([['by-path']]);
  });

  it('reports nothing if the registry could not be read before', async () => {
    const world = await freshWorld({
      backend: { script: () => ({ end: failure }) },
    });
    world.registry.fault = (operation) => (operation === 'list' ? 'lost-before' : undefined);
    const { id } = await submit(world);
    await within(world, 5, drive(world).over);
    expect((await requireEnded(world, id)).failure).toMatchObject({ code: 'JobFailed' });
    expect((await requireEnded(world, id)).failure).not.toHaveProperty('appeared');
  });

  it('reports that no tag appeared if the registry was read before and after', async () => {
    const world = await freshWorld({ backend: { script: () => ({ end: failure }) } });
    const { id } = await submit(world);
    await within(world, 5, drive(world).over);
    expect((await requireEnded(world, id)).failure?.appeared).toEqual([]);
  });
});
