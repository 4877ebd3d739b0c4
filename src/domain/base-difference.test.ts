import { describe, expect, it } from 'vitest';
import { amd64, arm64, sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import { findBaseDifference } from './base-difference.ts';
import type { BaseImage } from './base-image.ts';
import type { Build, BuiltImage } from './build.ts';
import type { Platform } from './platform.ts';

const one = `sha256:${'1'.repeat(64)}`;
const two = `sha256:${'2'.repeat(64)}`;

function image(platform: Platform, bases: readonly BaseImage[] | undefined, name = 'app'): BuiltImage {
  return { image: name, platform, stagingTag: 'x', digest: one, mediaType: 'x', size: 1, bases };
}

function buildOf(images: readonly BuiltImage[], startedAt: Partial<Record<Platform, number>> = {}): Build {
  const attempt = { number: 1, name: 'x', state: 'ended', intendedAt: 0, sentAt: 0, uncertain: false } as const;
  const rest = { duplicates: [], phases: [], released: true };
  const jobs = [arm64, amd64].map((platform) => ({
    platform,
    state: 'succeeded' as const,
    firstAttempt: 1,
    attempts: [{ ...attempt, ...rest, startedAt: startedAt[platform] ?? 0 }],
  }));
  return sampleBuild(samplePlan(), { jobs, images });
}

describe('the bases of an image', () => {
  it.each([
    ['are equal', [{ reference: 'x:1', digest: one }], [{ reference: 'x:1', digest: one }]],
    ['are the engine’s own on both', [{ reference: 'x:1' }], [{ reference: 'x:1' }]],
    ['are others on each platform', [{ reference: 'x:1-arm', digest: one }], [{ reference: 'x:1-amd', digest: two }]],
    ['are not known of one', [{ reference: 'x:1', digest: one }], undefined],
  ])('do not differ if they %s', (_, first, other) => {
    expect(findBaseDifference(buildOf([image(arm64, first), image(amd64, other)]))).toBeUndefined();
  });

  it.each([
    ['two digests', two],
    ['only one in a registry', undefined],
  ])('differ with %s, and the platform that started first is the older', (_, digest) => {
    const images = [image(arm64, [{ reference: 'x:1', digest: one }]), image(amd64, [{ reference: 'x:1', digest }])];
    const found = findBaseDifference(buildOf(images, { [arm64]: 2, [amd64]: 1 }));
    expect(found).toEqual({
      image: 'app',
      reference: 'x:1',
      older: amd64,
      digests: [
        [arm64, one],
        [amd64, digest],
      ],
    });
  });

  it('are compared per image', () => {
    const images = [
      image(arm64, [{ reference: 'x:1', digest: one }]),
      image(amd64, [{ reference: 'x:1', digest: two }], 'other'),
    ];
    expect(findBaseDifference(buildOf(images))).toBeUndefined();
  });
});
