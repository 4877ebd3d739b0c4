import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildStates } from '../../domain/build.ts';
import type { BuildFacts } from './build-facts.ts';
import { planPrune } from './plan-prune.ts';
import { millisecondsADay, type RetentionPolicy } from './policy.ts';
import type { ObservedRepository } from './prune-input.ts';
import type { Removal } from './prune-plan.ts';
import { reachedFrom } from './reach.ts';

interface World {
  readonly builds: readonly BuildFacts[];
  readonly observed: ObservedRepository;
  readonly policy: RetentionPolicy;
}

const now = Date.UTC(2026, 5, 1);
const repository = 'registry.example/app';

/** Few names and digests, so that builds share tags and images, and indexes reference shared images. */
const digests = Array.from({ length: 9 }, (_, index) => `d${index}`);
const digest = fc.constantFrom(...digests);
const days = fc.integer({ min: 0, max: 60 });
const plainTags = ['c1', 'c2', 'c3', 'latest', 'stable'];
const cacheTags = ['cache-app-arm64', 'cache-app-amd64', 'cache-old-arm64'];
const keys = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'];

const move = fc.record({
  tag: fc.constantFrom('c1', 'c2', 'c3', 'latest'),
  oldDigest: fc.option(digest, { nil: undefined }),
  newDigest: digest,
  state: fc.constantFrom('planned', 'put', 'kept', 'reverted'),
});

const build = fc.record({
  state: fc.constantFrom(...buildStates),
  leftovers: fc.boolean(),
  recipe: fc.constantFrom('one', 'two'),
  age: days,
  hasLogs: fc.boolean(),
  cacheTags: fc.subarray(cacheTags),
  images: fc.array(digest, { maxLength: 3 }),
  moves: fc.uniqueArray(move, { selector: ({ tag }) => tag, maxLength: 3 }),
});

const builds = fc.array(build, { maxLength: 6 }).map((all): BuildFacts[] =>
  withOwners(
    all.map(({ leftovers, age, moves, state, ...rest }, index) => ({
      ...rest,
      state,
      id: `b${index}`,
      version: 1,
      destination: repository,
      createdAt: now - age * millisecondsADay - 1000 - index,
      endedAt: now - age * millisecondsADay - 1,
      open: state === 'building' || state === 'publishing' || leftovers,
      backendIds: [],
      // A job's key belongs to one build alone.
      jobKeys: [keys[index]!],
      moves,
      owned: [],
    })),
  ),
);

/** The last build that put a digest at a tag owns it. */
function withOwners(all: readonly BuildFacts[]): BuildFacts[] {
  const owners = new Map<string, string>();
  const isPut = ({ state }: BuildFacts['moves'][number]): boolean => state === 'planned' || state === 'put';
  for (const { id, moves } of all)
    for (const { tag, newDigest } of moves.filter(isPut)) owners.set(`${tag} ${newDigest}`, id);
  return all.map((each) => ({
    ...each,
    owned: each.moves
      .filter((put) => isPut(put) && owners.get(`${put.tag} ${put.newDigest}`) === each.id)
      .map(({ tag, newDigest }) => ({ tag, digest: newDigest, moving: tag === 'latest' })),
  }));
}

/** An index references only digests of higher numbers, so that none references itself. */
const children = fc
  .tuple(...digests.map((_, index) => fc.subarray(digests.slice(index + 1, index + 4))))
  .map((all) => new Map(all.map((below, index) => [digests[index]!, below])));

const tagNames = [...plainTags, ...cacheTags, ...[...keys, 'stranger'].map((key) => `staging-app-arm64-${key}`)];
const tags = fc
  .tuple(...tagNames.map(() => fc.option(digest)))
  .map((all) => new Map(all.flatMap((to, index) => (to === null ? [] : [[tagNames[index]!, to] as const]))));

const observed: fc.Arbitrary<ObservedRepository> = fc.record({
  repository: fc.constant(repository),
  untaggedImages: fc.constantFrom('stay', 'go'),
  tags,
  children,
  halfRemoved: fc.constant(new Set<string>()),
});

const policy: fc.Arbitrary<RetentionPolicy> = fc.record({
  keepDays: days,
  keepFailedDays: days,
  keepLogDays: days,
  keepCacheDays: days,
  keepPublished: fc.integer({ min: 0, max: 3 }),
  published: fc.boolean(),
  unknownTags: fc.boolean(),
});

const world: fc.Arbitrary<World> = fc.record({ builds, observed, policy });

function planOf(each: World) {
  return planPrune({ builds: each.builds, repositories: [each.observed], policy: each.policy, now });
}

/** Applies removals as a registry and a store do: an image goes with its tags, in some registries with its last tag. */
function apply(before: World, removals: readonly Removal[]): World {
  const standing = new Map(before.observed.tags);
  const images = new Map(before.observed.children);
  const halfRemoved = new Set(before.observed.halfRemoved);
  let stored = before.builds;
  for (const removal of removals) {
    if (removal.kind === 'tag') {
      standing.delete(removal.tag);
      halfRemoved.delete(removal.tag);
      const isTagged = [...standing.values()].includes(removal.digest);
      if (before.observed.untaggedImages === 'go' && !isTagged) images.delete(removal.digest);
    } else if (removal.kind === 'image') {
      images.delete(removal.digest);
      for (const [tag, to] of standing) {
        if (to !== removal.digest) continue;
        standing.delete(tag);
        halfRemoved.delete(tag);
      }
    } else if (removal.kind === 'logs') {
      stored = stored.map((each) => (each.id === removal.build ? { ...each, hasLogs: false } : each));
    } else stored = stored.filter(({ id }) => id !== removal.build);
  }
  const observed = { ...before.observed, tags: standing, children: images, halfRemoved };
  return { ...before, builds: stored, observed };
}

/** Every state that a crash may leave behind. */
function stages(before: World): readonly World[] {
  const { removals } = planOf(before);
  const whole = Array.from({ length: removals.length + 1 }, (_, count) => apply(before, removals.slice(0, count)));
  const halves = removals.flatMap((removal, count) =>
    removal.kind === 'tag' && before.observed.untaggedImages === 'stay' ? [removeHalf(whole[count]!, removal)] : [],
  );
  return [...halves, ...whole];
}

/** The tag points to a placeholder image made for it alone, which is to be deleted with it. */
function removeHalf(before: World, { tag, digest: from }: Extract<Removal, { kind: 'tag' }>): World {
  const { tags, children, halfRemoved } = before.observed;
  const placeholder = `placeholder of ${tag}`;
  const observed = {
    ...before.observed,
    tags: new Map(tags).set(tag, placeholder),
    children: new Map(children).set(placeholder, children.get(from) ?? []),
    halfRemoved: new Set(halfRemoved).add(tag),
  };
  return { ...before, observed };
}

function check(property: (before: World, after: World) => void, runs = 1000): void {
  fc.assert(
    fc.property(world, (before) => {
      for (const after of stages(before)) property(before, after);
    }),
    { numRuns: runs },
  );
}

it('keeps everything that a remaining tag references, at every step', () => {
  check((before, after) => {
    for (const [tag, to] of after.observed.tags) {
      if (after.observed.halfRemoved.has(tag)) continue;
      expect(before.observed.tags.get(tag)).toBe(to);
    }
    const end = stages(before).at(-1)!;
    for (const to of end.observed.tags.values()) {
      const needed = reachedFrom([to], before.observed.children);
      expect(reachedFrom([to], after.observed.children)).toEqual(needed);
    }
  }, 300);
});

it('removes only staging and cache tags unless requested, and never moving or foreign tags', () => {
  check((before, after) => {
    for (const tag of plainTags) {
      if (before.policy.published && tag !== 'latest' && tag !== 'stable') continue;
      expect(after.observed.tags.get(tag)).toBe(before.observed.tags.get(tag));
    }
  });
});

it('removes nothing of an open build', () => {
  check((before, after) => {
    for (const open of before.builds.filter((each) => each.open)) {
      expect(after.builds).toContain(open);
      const staging = open.jobKeys.map((key) => `staging-app-arm64-${key}`);
      for (const tag of [...staging, ...open.cacheTags]) {
        expect(after.observed.tags.get(tag)).toBe(before.observed.tags.get(tag));
      }
      const wanted = open.moves.filter(({ state }) => state !== 'reverted').map(({ newDigest }) => newDigest);
      const old = open.moves.flatMap(({ oldDigest }) => oldDigest ?? []);
      const needed = reachedFrom([...open.images, ...wanted, ...old], before.observed.children);
      for (const each of needed) expect(after.observed.children.has(each)).toBe(true);
    }
  });
});

it('keeps the images of every remaining build', () => {
  check((before, after) => {
    const { removals } = planOf(before);
    const going = new Set(removals.flatMap((removal) => (removal.kind === 'build' ? removal.build : [])));
    for (const { images } of before.builds.filter(({ id }) => !going.has(id))) {
      for (const image of images) expect(after.observed.children.has(image)).toBe(true);
    }
  });
});

it('keeps the build that owns a remaining published tag', () => {
  check((before, after) => {
    for (const [tag, to] of after.observed.tags) {
      const isOwnedIn = ({ builds: all }: World): boolean =>
        all.some(({ owned }) => owned.some((each) => each.tag === tag && each.digest === to));
      if (isOwnedIn(before)) expect(isOwnedIn(after), tag).toBe(true);
    }
  });
});

it('keeps the newest published builds', () => {
  check((before, after) => {
    for (const recipe of ['one', 'two']) {
      const published = before.builds.filter((each) => each.state === 'published' && each.recipe === recipe);
      const newest = [...published].sort((one, other) => other.createdAt - one.createdAt);
      for (const { id } of newest.slice(0, before.policy.keepPublished)) {
        expect(after.builds.map((each) => each.id)).toContain(id);
      }
    }
  });
});

it('converges from any state after a crash', () => {
  check((_, after) => {
    let state = after;
    for (let round = 0; round < 4; round++) state = apply(state, planOf(state).removals);
    expect(planOf(state).removals).toEqual([]);
    expect([...state.observed.halfRemoved]).toEqual([]);
  }, 300);
});
