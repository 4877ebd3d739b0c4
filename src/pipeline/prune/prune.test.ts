import { describe, expect, it } from 'vitest';
import { buildFailed, createBuild, start } from '../../../test/contract/build-store/open-store.ts';
import {
  type DriverWorld,
  drive,
  freshWorld,
  requireEnded,
  submit,
  within,
} from '../../../test/helpers/driver-world.ts';
import { samplePlan } from '../../../test/helpers/sample-builds.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { defaultRetention, millisecondsADay, type RetentionPolicy } from './policy.ts';
import { previewPrune, prune } from './prune.ts';

const days = 40;
const everything: RetentionPolicy = { ...defaultRetention, keepPublished: 0, published: true };

/** Two published builds that are old by now; `latest` points to the second. */
async function oldBuilds() {
  const world = await freshWorld();
  const builds = [];
  for (const plan of [samplePlan(), samplePlan({ latest: true })]) {
    const { id } = await submit(world, plan);
    await within(world, 5, drive(world).over);
    builds.push(await requireEnded(world, id));
  }
  const ended = world.clock.now();
  const clock = { now: () => ended + days * millisecondsADay };
  const parts = { store: world.store, registryFor: () => world.registry, clock };
  return { world, builds, parts };
}

async function idsOf({ store }: DriverWorld): Promise<readonly string[]> {
  return (await store.list({ limit: 99 })).map(({ id }) => id);
}

describe('prune', () => {
  it('previews without changing anything', async () => {
    const { world, parts } = await oldBuilds();
    const before = await world.registry.listTags();
    const { removals } = await previewPrune({ policy: everything }, parts);
    expect(removals.length).toBeGreaterThan(5);
    expect(await world.registry.listTags()).toEqual(before);
    expect(await idsOf(world)).toHaveLength(2);
  });

  it('reports in the order of the tags, regardless of the order of registry responses', async () => {
    const { world, parts } = await oldBuilds();
    const report = await previewPrune({ policy: everything }, parts);
    const tags = await world.registry.listTags();
    const late = new Proxy(world.registry, {
      get: (registry, key) => {
        const member: unknown = Reflect.get(registry, key);
        if (typeof member !== 'function') return member;
        if (key !== 'resolve') return member.bind(registry) as unknown;
        return async (tag: string) => {
          for (let turns = tags.indexOf(tag); turns < tags.length; turns += 1) await Promise.resolve();
          return registry.resolve(tag);
        };
      },
    });
    await expect(previewPrune({ policy: everything }, { ...parts, registryFor: () => late })).resolves.toEqual(report);
  });

  it('removes an old build from registry and store, and keeps the target of a moving tag', async () => {
    const { world, builds, parts } = await oldBuilds();
    const [first, second] = builds;
    const report = await prune({ policy: everything }, parts);
    expect(report.problems).toEqual([]);
    expect(await world.registry.listTags()).toEqual([...second!.tags.map(({ tag }) => tag)].sort());
    for (const { digest } of first!.images) expect(world.registry.peekManifest(digest)).toBeUndefined();
    for (const { digest } of second!.images) expect(world.registry.peekManifest(digest)).toBeDefined();
    expect(await idsOf(world)).toEqual([second!.id]);
    await expect(prune({ policy: everything }, parts)).resolves.toMatchObject({ removals: [], problems: [] });
  });

  it('keeps the layer cache of a script up to the limit of the policy, and then removes it', async () => {
    const { world, parts } = await oldBuilds();
    world.registry.push('cache-task-arm64', 'linux/arm64', 'layers of a script');
    await prune({ policy: { ...everything, keepCacheDays: days + 1 } }, parts);
    expect(await world.registry.listTags()).toContain('cache-task-arm64');
    await prune({ policy: everything }, parts);
    expect(await world.registry.listTags()).not.toContain('cache-task-arm64');
  });

  it('removes a stage that is built once when its month ended before the limit of the policy', async () => {
    const { world, parts } = await oldBuilds();
    const month = (ago: number): string =>
      new Date(world.clock.now() - ago * 86_400_000).toISOString().slice(0, 7).replace('-', '');
    const tag = (ago: number): string => `cache-task-arm64-${month(ago)}-0123456789abcdef`;
    for (const ago of [0, 100]) world.registry.push(tag(ago), 'linux/arm64', `a stage of ${ago} days ago`);
    await prune({ policy: { ...everything, keepCacheDays: days + 1 } }, parts);
    expect(await world.registry.listTags()).toEqual(expect.arrayContaining([tag(0)]));
    expect(await world.registry.listTags()).not.toContain(tag(100));
  });

  it('finds a repository by any spelling of its name, and no other', async () => {
    const { parts } = await oldBuilds();
    const { removals } = await previewPrune({ policy: everything }, parts);
    const destination = parts.registryFor().repository.replace('registry.example', 'Registry.Example');
    await expect(previewPrune({ policy: everything, destination }, parts)).resolves.toMatchObject({ removals });
    const other = `${destination}2`;
    await expect(previewPrune({ policy: everything, destination: other }, parts)).resolves.toMatchObject({ kept: [] });
    await expect(previewPrune({ policy: everything, destination: 'model' }, parts)).rejects.toMatchObject({
      code: 'ImageReferenceInvalid',
    });
  });

  it('leaves a build that starts meanwhile', async () => {
    const { world, parts } = await oldBuilds();
    let begun: ReturnType<typeof createBuild> | undefined;
    world.registry.fault = (operation) => {
      if (operation !== 'delete' || begun !== undefined) return undefined;
      begun = createBuild(world.store, { createdAt: parts.clock.now() });
      world.registry.push('staging-task-arm64-unheard', 'linux/arm64', 'of the new build');
      return undefined;
    };
    await prune({ policy: { ...everything, unknownTags: true } }, parts);
    const { build } = await begun!;
    expect(await world.store.load(build.id)).toEqual(build);
    expect(await world.registry.listTags()).toContain('staging-task-arm64-unheard');
  });

  it('removes many logs without listing the registry each time', async () => {
    const world = await freshWorld();
    for (let count = 0; count < 120; count++) {
      const { build } = await createBuild(world.store, {}, samplePlan());
      const log = { buildId: build.id, platform: 'linux/arm64', attempt: 1 } as const;
      await world.store.appendLog({ log, offset: 0, text: 'line\n', cursor: '1' }, [], build.createdAt);
      await world.store.append(build, [buildFailed], build.createdAt);
    }
    let listings = 0;
    world.registry.fault = (operation) => {
      if (operation === 'list') listings += 1;
      return undefined;
    };
    const parts = { store: world.store, registryFor: () => world.registry, clock: { now: () => start + 2 } };
    const { removals } = await prune({ policy: { ...defaultRetention, keepLogDays: 0 } }, parts);
    expect(removals.map(({ kind }) => kind)).toEqual(Array.from({ length: 120 }, () => 'logs'));
    expect(listings).toBe(2);
  });

  it('reaches the same end after a crash at any registry call', async () => {
    for (let dies = 1, died = true; died; dies++) {
      const { world, builds, parts } = await oldBuilds();
      const { tag } = builds[0]!.tags[0]!;
      // Another owner's tag: the image stays, so that only our tag has to be removed.
      await world.registry.putManifest('stable', (await world.registry.getManifest(tag))!);
      let changes = 0;
      died = false;
      world.registry.fault = (operation) => {
        if ((operation !== 'put' && operation !== 'delete') || ++changes !== dies) return undefined;
        died = true;
        throw new Error('killed');
      };
      await prune({ policy: everything }, parts).catch(() => undefined);
      for (const { digest } of builds[1]!.images) expect(world.registry.peekManifest(digest)).toBeDefined();
      world.registry.fault = () => undefined;
      await prune({ policy: everything }, parts);
      const staying = [...builds[1]!.tags.map((each) => each.tag), 'stable'].sort();
      expect(await world.registry.listTags()).toEqual(staying);
      expect(await idsOf(world)).toEqual([builds[1]!.id]);
    }
  });

  it('keeps the records of a registry that does not support deletion', async () => {
    const { world, parts } = await oldBuilds();
    const before = await world.registry.listTags();
    world.registry.checkDeletion = () => Promise.reject(new TwinhullError('DeletionRefused', 'no deletion here'));
    const { removals, problems } = await prune({ policy: everything }, parts);
    expect(problems.map(({ error }) => error.code)).toEqual(['DeletionRefused']);
    expect(removals.filter(({ kind }) => kind !== 'logs')).toEqual([]);
    expect(await world.registry.listTags()).toEqual(before);
    expect(await idsOf(world)).toHaveLength(2);
  });

  it('skips an image that the registry refuses to delete, and keeps its build', async () => {
    const { world, builds, parts } = await oldBuilds();
    const needed = builds[0]!.images[0]!.digest;
    world.registry.fault = (operation, reference) =>
      operation === 'delete' && reference === needed ? 'refused' : undefined;
    const { problems } = await prune({ policy: everything }, parts);
    expect(problems).toMatchObject([{ what: `${world.registry.repository}@${needed}` }]);
    expect(await idsOf(world)).toHaveLength(2);
    expect(await world.registry.listTags()).toHaveLength(builds[1]!.tags.length + 1);
  });

  it('removes nothing of an unreachable registry', async () => {
    const { world, parts } = await oldBuilds();
    world.registry.down = true;
    const { removals, problems } = await prune({ policy: everything }, parts);
    expect(removals.filter(({ kind }) => kind !== 'logs')).toEqual([]);
    expect(problems.map(({ error }) => error.code)).toEqual(['RegistryUnreachable']);
    expect(await idsOf(world)).toHaveLength(2);
  });

  it('keeps the last tag of an image that an index needs if the image would be deleted with it', async () => {
    const { world, builds, parts } = await oldBuilds();
    world.registry.untaggedImages = 'go';
    const { kept } = await prune({ policy: defaultRetention }, parts);
    expect(kept).toContainEqual(expect.objectContaining({ why: 'the last tag of an image that is needed' }));
    for (const { images, tags } of builds) {
      for (const { digest } of images) expect(world.registry.peekManifest(digest)).toBeDefined();
      for (const { tag, newDigest } of tags) expect(world.registry.peek(tag)).toBe(newDigest);
    }
  });
});
