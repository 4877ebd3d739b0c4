import { expect, it } from 'vitest';
import { freshWorld, submit } from '../../test/helpers/driver-world.ts';
import { amd64, arm64 } from '../../test/helpers/sample-builds.ts';
import type { BuildEvent } from '../domain/build-event.ts';
import { retryBuild } from './change-build.ts';

it('refuses a retry of halves that are the same files, until one of them has to be rebuilt', async () => {
  const world = await freshWorld();
  const build = await submit(world);
  const digests = [arm64, amd64].map((platform) => world.registry.push(`of-${platform.slice(6)}`, platform, 'half'));
  const succeeded = [arm64, amd64].map((platform, index): BuildEvent => {
    const stored = { stagingTag: 'x', digest: digests[index] ?? '', mediaType: 'x', size: 1 };
    const content = { layers: 'the same', programs: 'some' } as const;
    return { type: 'job.succeeded', platform, images: [{ image: 'task', platform, ...stored, content }] };
  });
  const failure = { code: 'VerifyFailed', message: 'm', hint: 'h', infrastructure: false } as const;
  await world.store.append(build, [...succeeded, { type: 'build.failed', failure }], world.clock.now());
  const retry = () => retryBuild(build.id, { ...world, registryFor: () => world.registry, secretRules: new Map() });

  await expect(retry()).rejects.toMatchObject({
    code: 'BuildNotRetryable',
    message: expect.stringContaining(
      'would rebuild nothing and fail again: image task has the same layers for linux/arm64 and linux/amd64',
    ),
    hint: expect.stringContaining('set `architecture: independent` on the image; then build again: twinhull build'),
  });
  expect((await world.store.load(build.id))?.state).toBe('failed');

  world.registry.remove(digests[0] ?? '');
  expect((await retry()).jobs.map(({ state }) => state)).toEqual(['pending', 'succeeded']);
});
