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
} from '../../../test/helpers/driver-world.ts';
import type { FakeRegistry } from '../../../test/helpers/fake-registry.ts';
import { expectInvariants } from '../../../test/helpers/invariants.ts';
import { samplePlan } from '../../../test/helpers/sample-builds.ts';
import { patientTimeout } from '../../../test/helpers/soak.ts';
import type { Build } from '../../domain/build.ts';
import { requireBuild, retryBuild } from '../change-build.ts';
import { submitBuild } from '../submit-build.ts';

const quick = { backend: { script: () => ({ queueMilliseconds: 1000, runMilliseconds: 3000 }) } };

/** For outages of an hour: fewer passes without news. */
const slow = { ...quick, policy: { intervalMilliseconds: 60_000 } };

async function driven(world: DriverWorld, id: string): Promise<Build> {
  await within(world, 48, drive(world).over);
  return expectInvariants(world, id);
}

function publishedMoves(world: DriverWorld): readonly string[] {
  return world.registry.moves.map(({ tag }) => tag);
}

/** Permanently refuses to put one tag. */
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

  it('resumes after a crash before or after any call, and puts no tag twice', async () => {
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

  it('does not put a tag again that already has the right target', async () => {
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

  it('waits out an outage of the registry', async () => {
    const world = await freshWorld(slow);
    const { id } = await submit(world);
    world.clock.after(3_500, () => (world.registry.down = true));
    world.clock.after(3_000_000, () => (world.registry.down = false));
    expect((await driven(world, id)).state).toBe('published');
  });

  it('retries images that the registry does not show at once', async () => {
    const world = await freshWorld(quick);
    const { id } = await submit(world);
    let asked = 0;
    world.registry.hides = (reference) => reference.startsWith('staging-') && asked++ < 4;
    expect((await driven(world, id)).state).toBe('published');
    expect(asked).toBeGreaterThan(4);
  });

  it('fails the build if an image stays missing', async () => {
    const world = await freshWorld(quick);
    const { id } = await submit(world);
    world.registry.hides = (reference) => reference.startsWith('staging-');
    await within(world, 48, drive(world).over);
    const failed = await requireBuild(world.store, id);
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'VerifyFailed' } });
    expect(failed.failure?.message).toContain('is not in the registry');
    expect((failed.finishedAt ?? 0) - failed.createdAt).toBeLessThan(10 * 60_000);
  });

  it('fails the build after an outage beyond the limit, and a retry rebuilds nothing', async () => {
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
    await retryBuild(id, { ...world, registryFor: () => world.registry, secretRules: new Map() });
    expect((await driven(world, id)).state).toBe('published');
    expect(world.backend.jobs).toHaveLength(2);
  });
});

describe('a tag that another client moves', () => {
  it('fails the build before anything is put if the tag has appeared meanwhile', async () => {
    const world = await freshWorld(quick);
    const { id } = await submit(world);
    const { commit } = world.plan.source;
    const foreign = world.registry.push(commit, 'linux/amd64', 'foreign');
    const build = await driven(world, id);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'PublishFailed' } });
    expect(build.failure?.message).toContain('no build in this store published it');
    expect(build.failure?.message).toContain('no tag of this build remains');
    expect(world.registry.peek(commit)).toBe(foreign);
    expect(world.registry.peek(`${commit}-submit`)).toBeUndefined();
  });

  it('fails the build and stays in place if it moves between put and check', async () => {
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
    expect(build.failure?.message).toContain('but points to');
    expect(world.registry.peek(commit)).toBe(foreign);
  });

  it('is not replaced without force, even if it is a moving tag', async () => {
    for (const force of [false, true]) {
      const world = await freshWorld({ ...quick, plan: { latest: true } });
      const { id } = await submit(world, world.plan, undefined, force);
      const foreign = world.registry.push('latest', 'linux/amd64', 'foreign');
      expect((await driven(world, id)).state).toBe(force ? 'published' : 'failed');
      expect(world.registry.peek('latest') === foreign).toBe(!force);
    }
  });
});

describe('a permanent refusal', { timeout: patientTimeout }, () => {
  it('restores moved tags, and names the tags that stay', async () => {
    const world = await freshWorld({ ...quick, plan: { latest: true } });
    const before = world.registry.push('latest', 'linux/amd64', 'before');
    const { commit } = world.plan.source;
    // `latest` first, so that a tag has moved when the refusal comes.
    const plan = { ...world.plan, tags: [...world.plan.tags].reverse() };
    const { id } = await submit(world, plan, undefined, true);
    refuse(world.registry, commit);
    const build = await driven(world, id);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'PublishFailed' } });
    expect(build.failure?.message).toContain(`these tags of this build remain: ${commit}-submit`);
    expect(world.registry.peek('latest')).toBe(before);
    expect(build.tags.map(({ state }) => state)).toEqual(['reverted', 'put', 'planned']);
  });

  it('takes full effect after a crash at any call of the rollback', async () => {
    const undisturbed = await refusedWorld();
    const { process, over } = drive(undisturbed.world);
    await within(undisturbed.world, 1, over);
    const first = process.calls.indexOf('putManifest');
    for (let call = first; call <= process.calls.length; call++) {
      for (const when of ['before', 'after'] as const) {
        const { world, id, before } = await refusedWorld();
        await within(world, 1, drive(world, { fates: [{ call, when }] }).over);
        // A refused tag is not tried again, even if the registry would accept it now.
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

  it('by an immutable registry ends the build, and restores moved tags', async () => {
    const world = await freshWorld({ ...quick, plan: { latest: true } });
    const before = world.registry.push('latest', 'linux/amd64', 'before');
    const { commit } = world.plan.source;
    const plan = { ...world.plan, tags: [...world.plan.tags].reverse() };
    const { id } = await submit(world, plan, undefined, true);
    // Another client puts the tag, and it becomes immutable, between judgement and put.
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
  const { id } = await submit(world, plan, undefined, true);
  refuse(world.registry, world.plan.source.commit);
  return { world, id, before };
}

describe('a moving tag', () => {
  it('never returns to an earlier submit, and stays where another client moved it', async () => {
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
      const current = world.registry.peek('latest');

      await retryBuild(early.id, { ...world, registryFor: () => world.registry, secretRules: new Map() });
      await within(world, 48, drive(world).over);
      const build = await requireEnded(world, early.id);
      if (isMoved) expect(build.failure?.message).toContain('no build in this store published it');
      else expect(build.tags.map(({ state }) => state)).toEqual(['put', 'put', 'kept']);
      expect(world.registry.peek('latest')).toBe(current);
    }
  });

  it('moves on to a later submit', async () => {
    const world = await freshWorld({ ...quick, plan: { latest: true } });
    await driven(world, (await submit(world)).id);
    const before = world.registry.peek('latest');
    await driven(world, (await submit(world, samplePlan({ latest: true }))).id);
    expect(world.registry.peek('latest')).not.toBe(before);
  });
});

describe('submitting again', () => {
  it('returns the published build while all of it is in the registry, and builds again otherwise', async () => {
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
