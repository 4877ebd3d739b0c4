import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryBuild } from '../../test/helpers/arbitrary-builds.ts';
import { failedBuild, publishedBuild, shownDigest, shownJob } from '../../test/helpers/shown-builds.ts';
import { compareBuilds } from './compare-builds.ts';

it('puts phases, images and times of both builds side by side', () => {
  const [arm64, amd64] = compareBuilds(failedBuild(), publishedBuild());
  expect(arm64).toMatchObject({
    platform: 'linux/arm64',
    attempt: 2,
    baselineAttempt: 1,
    waiting: { value: 1, baseline: 1 },
    running: { value: 10, baseline: 40 },
  });
  expect(arm64?.phases.map(({ phase, image, value, baseline }) => [phase, image, value, baseline])).toEqual([
    ['tools', undefined, 0.5, 0.5],
    ['clone', undefined, 2, 2],
    ['build', 'task', 7.5, 37],
    ['cleanup', undefined, undefined, 0.25],
  ]);
  expect(arm64?.phases.map(({ exitCode }) => exitCode)).toEqual([0, 0, 2, undefined]);
  expect(amd64?.images.map(({ image, value, baseline }) => [image, value, baseline])).toEqual([
    ['task', 39_100_000, 39_100_000],
    ['submit', 181_000_000, 181_000_000],
  ]);
});

it('finds base images whose digest changed, also those that a failed job reported', () => {
  const base = (digit: string) => [{ reference: 'debian:bookworm', digest: shownDigest(digit) }];
  const before = publishedBuild();
  const baseline = { ...before, images: before.images.map((each) => ({ ...each, bases: base('1') })) };
  const job = shownJob('linux/arm64', 5);
  const attempts = job.attempts.map((attempt) => ({ ...attempt, bases: { task: base('2') } }));
  const [compared] = compareBuilds({ ...before, images: [], jobs: [{ ...job, attempts }] }, baseline);
  const bases = [{ reference: 'debian:bookworm', digest: shownDigest('2'), baselineDigest: shownDigest('1') }];
  expect(compared?.images).toEqual([{ image: 'task', value: undefined, baseline: 40_960_000, bases }]);
});

it('has no difference between a build and itself, and loses no phase of either', () => {
  fc.assert(
    fc.property(arbitraryBuild, arbitraryBuild, (build, other) => {
      for (const job of compareBuilds(build, build)) {
        for (const { value, baseline } of [...job.phases, ...job.images, job.waiting, job.running])
          expect(value).toBe(baseline);
        for (const { bases } of job.images)
          for (const { digest, baselineDigest } of bases) expect(digest).toBe(baselineDigest);
      }
      for (const job of compareBuilds(build, other)) {
        const spans = (of: typeof build) => of.jobs.find(({ platform }) => platform === job.platform)?.attempts.at(-1);
        const names = job.phases.map(({ phase, image }) => `${phase} ${image ?? ''}`);
        for (const attempt of [spans(build), spans(other)])
          for (const { phase, image } of attempt?.phases ?? []) expect(names).toContain(`${phase} ${image ?? ''}`);
      }
    }),
  );
});
