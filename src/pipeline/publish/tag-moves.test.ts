import { describe, expect, it } from 'vitest';
import {
  type DriverWorld,
  drive,
  freshWorld,
  requireEnded,
  submit as submitted,
  within,
} from '../../../test/helpers/driver-world.ts';
import { amd64, arm64, samplePlan } from '../../../test/helpers/sample-builds.ts';
import type { Build } from '../../domain/build.ts';
import type { Plan, PlannedTag } from '../../domain/plan.ts';
import { retryBuild } from '../change-build.ts';
import { type PromoteRequest, promote } from '../promote.ts';
import { submitBuild } from '../submit-build.ts';

const one = 'a1'.repeat(20);
const two = 'b2'.repeat(20);
const three = 'c3'.repeat(20);

interface PlanOptions {
  readonly commit?: string;
  readonly recipe?: string;
  readonly repository?: string;
  readonly tags: readonly (Pick<PlannedTag, 'tag' | 'moving'> & { readonly image?: string })[];
}

function planOf({ commit = one, recipe = 'sample', repository, tags }: PlanOptions): Plan {
  const plan = samplePlan({ commit });
  return {
    ...plan,
    recipe: { name: recipe },
    source: { ...plan.source, ...(repository !== undefined && { repository }) },
    tags: tags.map(({ tag, moving, image = 'task' }) => {
      const platforms = image === 'task' ? [arm64, amd64] : [amd64];
      return { tag, moving, image, platforms, kind: image === 'task' ? 'index' : 'image' };
    }),
  };
}

const fixed = (...names: readonly string[]) => names.map((tag) => ({ tag, moving: false }));
const moving = (...names: readonly string[]) => names.map((tag) => ({ tag, moving: true }));
const elsewhere = 'https://git.example/acme/other.git';

async function published(world: DriverWorld, plan: Plan, force = false): Promise<Build> {
  const { build } = await submitBuild({ plan, reference: 'main', force }, world);
  await within(world, 5, drive(world).over);
  const ended = await requireEnded(world, build.id);
  expect(ended.state, ended.failure?.message).toBe('published');
  return ended;
}

const submit = (world: DriverWorld, plan: Plan, force = false) =>
  submitBuild({ plan, reference: 'main', force }, world);

const promoted = (world: DriverWorld, request: PromoteRequest) =>
  promote(request, { ...world, registryFor: () => world.registry });

describe('a tag of another commit', () => {
  it.each([
    ['the commit', (commit: string) => commit],
    ['its submit image', (commit: string) => `${commit}-submit`],
    ['the commit in upper case', (commit: string) => commit.toUpperCase()],
    ['a prefix', (commit: string) => `sim-${commit}`],
  ])('is not moved by a branch that is named like %s, before or after the tag exists', async (_, name) => {
    const world = await freshWorld();
    const thief = planOf({ commit: two, tags: [...fixed(two), ...moving(name(one))] });
    const refused = { code: 'ReferenceInvalid', message: expect.stringContaining('looks like') };
    await expect(submit(world, thief, true)).rejects.toMatchObject(refused);
    await published(world, planOf({ tags: fixed(name(one.toLowerCase()).toLowerCase()) }));
    await expect(submit(world, thief, true)).rejects.toMatchObject(refused);
    expect(world.registry.moves.filter(({ from }) => from !== undefined)).toEqual([]);
  });

  it('is not moved by a build of an earlier release that was planned without this rule', async () => {
    const world = await freshWorld();
    const owner = await published(world, planOf({ tags: fixed(one) }));
    const build = await submitted(world, planOf({ commit: two, tags: fixed(two) }));
    const loadPlan = world.store.loadPlan.bind(world.store);
    world.store.loadPlan = async (id) => ({ ...(await loadPlan(id)), tags: planOf({ tags: moving(one) }).tags });
    await within(world, 5, drive(world).over);
    expect(await requireEnded(world, build.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'PublishFailed', message: expect.stringContaining('looks like') as string },
    });
    expect(world.registry.peek(one)).toBe(owner.tags[0]?.newDigest);
  });
});

describe('a fixed tag', () => {
  it.each<[string, PlanOptions]>([
    ['another repository', { repository: elsewhere, tags: fixed('v1') }],
    ['another recipe of the repository', { recipe: 'second', tags: fixed('v1', 'v2') }],
    ['another image of the recipe', { tags: [{ tag: 'v1', moving: false, image: 'submit' }] }],
    ['another commit', { commit: two, tags: fixed('v1') }],
    ['another commit, as a tag that moves', { commit: two, tags: moving('v1') }],
  ])('is not replaced by %s, with or without force', async (_, thief) => {
    const world = await freshWorld();
    const owner = await published(world, planOf({ tags: fixed('v1') }));
    for (const force of [false, true]) {
      await expect(submit(world, planOf(thief), force)).rejects.toMatchObject({
        code: 'TagExists',
        message: expect.stringMatching(
          /:v1 is a fixed tag of image task of recipe sample from https:.* at a1a1a1a \(build/,
        ),
        hint: expect.stringContaining('another tag'),
      });
    }
    expect(world.registry.peek('v1')).toBe(owner.tags[0]?.newDigest);
  });

  it('is replaced by a rebuild of the same commit', async () => {
    const world = await freshWorld();
    const first = await published(world, planOf({ tags: fixed('v1') }));
    const second = await published(world, planOf({ tags: fixed('v1', 'v2') }));
    expect(second.tags[0]).toMatchObject({ oldDigest: first.tags[0]?.newDigest, state: 'put' });
    await published(world, planOf({ tags: fixed('v1') }), true);
  });

  it('is put again by a retry after lost responses', async () => {
    const world = await freshWorld();
    const plan = planOf({ tags: fixed('v1', 'v2') });
    world.registry.fault = (operation, reference) => {
      if (operation !== 'put' || reference.startsWith('sha256:')) return undefined;
      return reference === 'v1' ? 'lost-after' : 'refused';
    };
    const { id } = await submitted(world, plan);
    await within(world, 48, drive(world).over);
    expect((await requireEnded(world, id)).state).toBe('failed');
    expect(world.registry.peek('v1')).toBeDefined();

    world.registry.fault = () => undefined;
    await retryBuild(id, { ...world, registryFor: () => world.registry, secretRules: new Map() });
    await within(world, 48, drive(world).over);
    expect((await requireEnded(world, id)).state).toBe('published');
  });

  it('that a failed build left belongs to its commit, and is replaced by a rebuild of that commit', async () => {
    const world = await freshWorld();
    world.registry.fault = (operation, reference) =>
      operation === 'put' && reference === 'v2' ? 'refused' : undefined;
    const { id } = await submitted(world, planOf({ tags: fixed('v1', 'v2') }));
    await within(world, 48, drive(world).over);
    expect((await requireEnded(world, id)).state).toBe('failed');
    const left = world.registry.peek('v1');
    world.registry.fault = () => undefined;
    await expect(submit(world, planOf({ commit: two, tags: fixed('v1') }))).rejects.toMatchObject({
      code: 'TagExists',
    });
    const again = await published(world, planOf({ tags: fixed('v1') }));
    expect(again.tags[0]).toMatchObject({ oldDigest: left, state: 'put' });
  });
});

describe('a moving tag', () => {
  it('moves on to each commit of its recipe', async () => {
    const world = await freshWorld();
    await published(world, planOf({ tags: moving('latest') }));
    const next = await published(world, planOf({ commit: two, tags: moving('latest') }));
    expect(world.registry.peek('latest')).toBe(next.tags[0]?.newDigest);
  });

  it.each<[string, PlanOptions]>([
    ['another repository', { repository: elsewhere, tags: moving('latest') }],
    ['another recipe', { recipe: 'second', tags: moving('latest', 'next') }],
    ['another image', { tags: [{ tag: 'latest', moving: true, image: 'submit' }] }],
  ])('moves to %s only with force, which is recorded and changes the owner', async (_, taker) => {
    const world = await freshWorld();
    const previous = await published(world, planOf({ tags: moving('latest') }));
    await expect(submit(world, planOf(taker))).rejects.toMatchObject({
      code: 'TagExists',
      hint: expect.stringContaining('--force'),
    });
    const taken = await published(world, planOf(taker), true);
    expect(world.registry.peek('latest')).toBe(taken.tags[0]?.newDigest);
    const events = await world.store.events({ after: 0, limit: 999, buildId: taken.id });
    const { repository, recipe, commit } = previous;
    expect(events.map(({ event }) => event)).toContainEqual({
      type: 'publish.tag-taken',
      tag: 'latest',
      previousOwner: { repository, recipe, image: 'task', commit },
    });
    const next = planOf({ commit: three, tags: moving('latest') });
    await expect(submit(world, next)).rejects.toMatchObject({ code: 'TagExists' });
  });

  it('without a record is replaced only with force', async () => {
    const world = await freshWorld();
    world.registry.push('latest', 'linux/amd64', 'foreign');
    const plan = planOf({ tags: moving('latest') });
    await expect(submit(world, plan)).rejects.toMatchObject({
      message: expect.stringContaining('no build in this store'),
    });
    const { id } = await published(world, plan, true);
    const events = await world.store.events({ after: 0, limit: 999, buildId: id });
    expect(events.map(({ event }) => event)).toContainEqual({
      type: 'publish.tag-taken',
      tag: 'latest',
      previousOwner: null,
    });
  });
});

describe('promote', () => {
  it.each(['sim-x', one.slice(0, 7)])('does not move %s, a fixed tag of another build', async (tag) => {
    const world = await freshWorld();
    const owner = await published(world, planOf({ tags: fixed(tag) }));
    await published(world, planOf({ commit: two, tags: fixed(two) }));
    for (const force of [false, true]) {
      await expect(promoted(world, { commit: two, tag, force })).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:TagExists|ArgumentInvalid)$/),
      });
    }
    expect(world.registry.peek(tag)).toBe(owner.tags[0]?.newDigest);
  });

  it.each([`sim-${one}`, one.toUpperCase(), `x${one}`, 'd'.repeat(64)])(
    'does not move a tag that names a commit: %s',
    async (tag) => {
      const world = await freshWorld();
      await published(world, planOf({ tags: fixed(one) }));
      await expect(promoted(world, { commit: one, tag, force: true })).rejects.toMatchObject({
        code: 'ArgumentInvalid',
      });
    },
  );

  it('leaves a fixed tag of the same image fixed', async () => {
    const world = await freshWorld();
    await published(world, planOf({ tags: fixed('v1') }));
    const { digest } = await promoted(world, { commit: one, tag: 'v1' });
    expect(await world.store.tagRecord(world.registry.repository, 'v1', digest)).toMatchObject({ moving: false });
  });

  it('moves a tag of its own recipe forward and back', async () => {
    const world = await freshWorld();
    const first = await published(world, planOf({ tags: fixed(one) }));
    const second = await published(world, planOf({ commit: two, tags: fixed(two) }));
    for (const build of [first, second, first]) {
      await promoted(world, { commit: build.commit, tag: 'stable' });
      expect(world.registry.peek('stable')).toBe(build.tags[0]?.newDigest);
    }
  });

  it('takes a tag of another recipe only with force, which is recorded', async () => {
    const world = await freshWorld();
    const owner = await published(world, planOf({ tags: fixed(one) }));
    const taker = await published(world, planOf({ commit: two, recipe: 'second', tags: fixed(two) }));
    await promoted(world, { commit: one, tag: 'stable' });
    await expect(promoted(world, { commit: two, tag: 'stable' })).rejects.toMatchObject({ code: 'TagExists' });
    await promoted(world, { commit: two, tag: 'stable', force: true });
    const events = await world.store.events({ after: 0, limit: 999, buildId: taker.id });
    const { repository, recipe, commit } = owner;
    expect(events.at(-1)?.event).toMatchObject({
      type: 'build.promoted',
      previousOwner: { repository, recipe, image: 'task', commit },
    });
  });

  it('leaves a fixed tag to the live build that will publish it', async () => {
    const world = await freshWorld();
    await published(world, planOf({ tags: fixed(one) }));
    const { id } = await submitted(world, planOf({ commit: two, tags: [...fixed('v2'), ...moving('latest')] }));
    await expect(promoted(world, { commit: one, tag: 'v2' })).rejects.toMatchObject({
      code: 'TagInUse',
      message: expect.stringContaining(id),
    });
    await promoted(world, { commit: one, tag: 'latest' });
  });

  it('is not undone by a build that was submitted earlier', async () => {
    const world = await freshWorld();
    const first = await published(world, planOf({ tags: [...fixed(one), ...moving('latest')] }));
    await published(world, planOf({ commit: two, tags: [...fixed(two), ...moving('latest')] }));
    const { id } = await submitted(world, planOf({ commit: three, tags: [...fixed(three), ...moving('latest')] }));
    await world.clock.sleep(1000);
    await promoted(world, { commit: one, tag: 'latest' });
    await within(world, 5, drive(world).over);
    expect((await requireEnded(world, id)).tags.map(({ state }) => state)).toEqual(['put', 'kept']);
    expect(world.registry.peek('latest')).toBe(first.tags[0]?.newDigest);
  });
});
