import type { BaseImage } from './base-image.ts';
import type { Build, BuiltImage } from './build.ts';
import type { Platform } from './platform.ts';

/** A base of which two platforms of one image used different versions. */
export interface BaseDifference {
  readonly image: string;
  readonly reference: string;
  /** The platform whose job resolved the base first, and so probably to the older version. */
  readonly older: Platform;
  readonly digests: readonly (readonly [Platform, string | undefined])[];
}

/**
 * The first base that differs between the platforms of an image: an index must not mix two versions. An image whose
 * builder reports no bases is not compared.
 */
export function findBaseDifference({ images, jobs }: Pick<Build, 'images' | 'jobs'>): BaseDifference | undefined {
  for (const [index, first] of images.entries()) {
    for (const second of images.slice(index + 1)) {
      const reference = first.image === second.image ? differing(first, second) : undefined;
      if (reference === undefined) continue;
      const pair = [first, second].map(({ platform, bases }) => [platform, digestOf(bases, reference)] as const);
      const older = startOf(first.platform) <= startOf(second.platform) ? first.platform : second.platform;
      return { image: first.image, reference, older, digests: pair };
    }
  }
  return undefined;

  function startOf(platform: Platform): number {
    return jobs.find((job) => job.platform === platform)?.attempts.at(-1)?.startedAt ?? 0;
  }
}

/** A base that only one of the two uses does not count as different: a Dockerfile may choose by platform. */
function differing({ bases = [] }: BuiltImage, { bases: others = [] }: BuiltImage): string | undefined {
  const both = bases.filter(({ reference }) => others.some((other) => other.reference === reference));
  return both.find(({ reference, digest }) => digest !== digestOf(others, reference))?.reference;
}

function digestOf(bases: readonly BaseImage[] = [], reference: string): string | undefined {
  return bases.find((base) => base.reference === reference)?.digest;
}
