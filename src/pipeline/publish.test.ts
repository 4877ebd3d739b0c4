import { describe, expect, it } from 'vitest';
import {
  closeWorld,
  createWorld,
  type DriverWorld,
  drive,
  driveThroughCrashes,
  freshWorld,
  requireEnded,
  submit,
  within,
} from '../../test/helpers/driver-world.ts';
import type { FakeRegistry } from '../../test/helpers/fake-registry.ts';
import { expectInvariants } from '../../test/helpers/invariants.ts';
import { samplePlan } from '../../test/helpers/sample-builds.ts';
import { patientTimeout } from '../../test/helpers/soak.ts';
import type { Build } from '../domain/build.ts';
import { retryBuild } from './change-build.ts';
import { submitBuild } from './submit-build.ts';

const quick = { backend: { script: () => ({ queueMilliseconds: 1000, runMilliseconds: 3000 }) } };

/** For outages of an hour: fewer passes that find nothing new. */
const slow = { ...quick, policy: { intervalMilliseconds: 60_000 } };

async function driven(world: DriverWorld, id: string): Promise<Build> {
  await within(world, 48, drive(world).over);
  return expectInvariants(world, id);
}

function publishedMoves(world: DriverWorld): readonly string[] {
  return world.registry.moves.map(({ tag }) => tag);
}

/** Refuses to put one tag, for good. */
function refuse(registry: FakeRegistry, refused: string): void {
  registry.fault = (operation, reference) => (operation === 'put' && reference === refused ? 'refused' : undefined);
}

describe('publication', { timeout: patientTimeout }, () => {
  it('puts every tag once, in the order of the plan', async () => {
    const world = await freshWorld({ ...quick, plan: { latest: true } });
    const { id } = await submit(world);
    expect((await driven(world, id)).state).toBe('published');
    const { commit } = world.plan.source;
    expect(publishedMoves(world)).toEqual([commit, `${commit}-submit`, 'latest']);
  });

  it('goes on after a crash before or after any of its calls, and puts no tag twice', async () => {
    const options = { ...quick, plan: { latest: true } };
    const undisturbed = await freshWorld(options);
    await submit(undisturbed);
    const { process, over } = drive(undisturbed);
    await within(undisturbed, 1, over);
    const first = process.calls.indexOf('getManifest') + 1;
    for (let call = first; call <= process.calls.length; call++) {
      for (const when of ['before', 'after'] as const) {
        const world = await createWorld(options);
        const { id } = await submit(world);
        await driveThroughCrashes(world, [{ call, when }]);
        expect((await expectInvariants(world, id)).state).toBe('published');
        expect(publishedMoves(world)).toHaveLength(3);
        await closeWorld(world);
      }
    }
  });

  it('does not put a tag again that already points where it should', async () => {
    const world = await freshWorld(quick);
    const { id } = await submit(world);
    const puts: string[] = [];
    world.registry.fault = (operation, reference) => {
      if (operation !== 'put' || reference.startsWith('sha256:')) return undefined;
      puts.push(reference);
      return puts.length === 1 ? 'lost-after' : undefined;
    };
    expect((await driven(world, id)).state).toBe('published');
    const { commit } = world.plan.source;
    expect(puts).toEqual([commit, `${commit}-submit`]);
  });

  it('waits for a registry that is down for a while', async () => {
    const world = await freshWorld(slow);
    const { id } = await submit(world);
    world.clock.after(3_500, () => (world.registry.down = true));
    world.clock.after(3_000_000, () => (world.registry.down = false));
    expect((await driven(world, id)).state).toBe('published');
  });

  it('fails the build when the registry stays down longer than it may, and a retry builds nothing anew', async () => {
    const world = await freshWorld(slow);
    const { id } = await submit(world);
    let puts = 0;
    world.registry.fault = (operation, reference) => {
      if (operation === 'put' && !reference.startsWith('sha256:')) puts++;
      return puts > 0 ? 'lost-before' : undefined;
    };
    const failed = await driven(world, id);
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'PublishFailed', infrastructure: true } });
    expect(failed.failure?.message).toContain('could not be looked up');

    world.registry.fault = () => undefined;
    await retryBuild(id, { ...world, registryFor: () => world.registry });
    expect((await driven(world, id)).state).toBe('published');
    expect(world.backend.jobs).toHaveLength(2);
  });
});

describe('a tag that somebody else moves', () => {
  it('fails the build before anything is put when the tag appeared meanwhile', async () => {
    const world = await freshWorld(quick);
    const { id } = await submit(world);
    const { commit } = world.plan.source;
    const foreign = world.registry.push(commit, 'linux/amd64', 'foreign');
    const build = await driven(world, id);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'PublishFailed' } });
    expect(build.failure?.message).toContain('no build known here put it there');
    expect(build.failure?.message).toContain('no tag of this build stays');
    expect(world.registry.peek(commit)).toBe(foreign);
    expect(world.registry.peek(`${commit}-submit`)).toBeUndefined();
  });

  it('fails the build, and is left where it is, when it moves between put and check', async () => {
    const world = await freshWorld(quick);
    const { id } = await submit(world);
    const { commit } = world.plan.source;
    let foreign = '';
    world.registry.fault = (operation, reference) => {
      if (operation === 'put' && reference === `${commit}-submit`)
        foreign = world.registry.push(commit, 'linux/amd64', 'foreign');
      return undefined;
    };
    const build = await driven(world, id);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'PublishFailed' } });
    expect(build.failure?.message).toContain('reads back as');
    expect(world.registry.peek(commit)).toBe(foreign);
  });

  it('is moved all the same when it is there to be moved', async () => {
    const world = await freshWorld({ ...quick, plan: { latest: true } });
    world.registry.push('latest', 'linux/amd64', 'foreign');
    const { id } = await submit(world);
    expect((await driven(world, id)).state).toBe('published');
  });
});

describe('a refusal for good', { timeout: patientTimeout }, () => {
  it('puts moved tags back, and names the tags that stay', async () => {
    const world = await freshWorld({ ...quick, plan: { latest: true } });
    const before = world.registry.push('latest', 'linux/amd64', 'before');
    const { commit } = world.plan.source;
    // `latest` first, so that something has moved when the refusal comes.
    const plan = { ...world.plan, tags: [...world.plan.tags].reverse() };
    const { id } = await submit(world, plan);
    refuse(world.registry, commit);
    const build = await driven(world, id);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'PublishFailed' } });
    expect(build.failure?.message).toContain(`these tags of this build stay: ${commit}-submit`);
    expect(world.registry.peek('latest')).toBe(before);
    expect(build.tags.map(({ state }) => state)).toEqual(['reverted', 'put', 'planned']);
  });

  it('is heeded whole after a crash at any call of the putting back', async () => {
    const undisturbed = await refusedWorld();
    const { process, over } = drive(undisturbed.world);
    await within(undisturbed.world, 1, over);
    const first = process.calls.indexOf('putManifest');
    for (let call = first; call <= process.calls.length; call++) {
      for (const when of ['before', 'after'] as const) {
        const { world, id, before } = await refusedWorld();
        await within(world, 1, drive(world, { fates: [{ call, when }] }).over);
        // What was refused once is not tried again, even if the registry would take it now.
        const refused = (await world.store.load(id))?.failure !== undefined;
        if (refused) world.registry.fault = () => undefined;
        await driveThroughCrashes(world, []);
        const build = await expectInvariants(world, id);
        expect(build.state).toBe('failed');
        expect(world.registry.peek('latest')).toBe(before);
        await closeWorld(world);
      }
    }
  });

  it('by an immutable registry ends the build, and moves what had moved back', async () => {
    const world = await freshWorld({ ...quick, plan: { latest: true } });
    const before = world.registry.push('latest', 'linux/amd64', 'before');
    const { commit } = world.plan.source;
    const plan = { ...world.plan, tags: [...world.plan.tags].reverse() };
    const { id } = await submit(world, plan);
    // Immutable, and put by somebody else between the look and the put.
    world.registry.fault = (operation, reference) => {
      if (operation === 'put' && reference === commit) {
        world.registry.push(commit, 'linux/arm64', 'foreign');
        world.registry.immutable = (tag) => tag === commit;
      }
      return undefined;
    };
    const build = await driven(world, id);
    expect(build.failure?.message).toContain('immutable');
    expect(world.registry.peek('latest')).toBe(before);
  });
});

async function refusedWorld(): Promise<{ world: DriverWorld; id: string; before: string }> {
  const world = await createWorld({ ...quick, plan: { latest: true } });
  const before = world.registry.push('latest', 'linux/amd64', 'before');
  const plan = { ...world.plan, tags: [...world.plan.tags].reverse() };
  const { id } = await submit(world, plan);
  refuse(world.registry, world.plan.source.commit);
  return { world, id, before };
}

describe('a moving tag', () => {
  it('never goes back to an earlier submit, even if somebody moved it meanwhile', async () => {
    for (const isMoved of [false, true]) {
      const world = await freshWorld({ ...slow, plan: { latest: true } });
      const early = await submit(world);
      world.registry.down = true;
      world.clock.after(5_000_000, () => (world.registry.down = false));
      await within(world, 48, drive(world).over);
      expect((await requireEnded(world, early.id)).state).toBe('failed');
      world.registry.down = false;

      const late = await submit(world, samplePlan({ latest: true }));
      await within(world, 48, drive(world).over);
      expect((await requireEnded(world, late.id)).state).toBe('published');
      if (isMoved) world.registry.push('latest', 'linux/amd64', 'foreign');
      const standing = world.registry.peek('latest');

      await retryBuild(early.id, { ...world, registryFor: () => world.registry });
      const build = await driven(world, early.id);
      expect(build.tags.map(({ state }) => state)).toEqual(['put', 'put', 'kept']);
      expect(world.registry.peek('latest')).toBe(standing);
    }
  });

  it('goes on to a later submit', async () => {
    const world = await freshWorld({ ...quick, plan: { latest: true } });
    await driven(world, (await submit(world)).id);
    const before = world.registry.peek('latest');
    await driven(world, (await submit(world, samplePlan({ latest: true }))).id);
    expect(world.registry.peek('latest')).not.toBe(before);
  });
});

describe('submitting again', () => {
  it('answers with the published build while all of it is in the registry, and builds anew otherwise', async () => {
    const world = await freshWorld(quick);
    const { plan } = world;
    const request = { plan, reference: 'main', force: false };
    const build = await driven(world, (await submit(world)).id);
    expect(await submitBuild(request, world)).toMatchObject({ outcome: 'exists', build: { id: build.id } });
    const [image] = build.images;
    world.registry.remove(image?.digest ?? '');
    const again = await submitBuild(request, world);
    expect(again.outcome).toBe('created');
    expect(again.build.id).not.toBe(build.id);
    expect(await submitBuild(request, world)).toMatchObject({ outcome: 'joined', build: { id: again.build.id } });
  });
});
