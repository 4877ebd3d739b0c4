import type { Build, BuiltImage } from '../domain/build.ts';
import type { Platform } from '../domain/platform.ts';
import { quoted } from '../domain/quoted.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';

/** One platform's image of a published build: what a consumer is told to pull. */
export interface PinnedImage {
  readonly buildId: string;
  readonly commit: string;
  /** Name in the recipe. */
  readonly name: string;
  readonly platform: Platform;
  /** `host[:port]/path@sha256:...` */
  readonly reference: string;
  /** The last part of the repository's path: what people call it. */
  readonly repositoryName: string;
}

export interface ImageChoice {
  /** Name in the recipe. */
  readonly image: string;
  readonly platform: Platform;
}

/** As much of a published build as is needed to pin an image of it. */
type PublishedBuild = Pick<Build, 'id' | 'commit' | 'destination' | 'tags'> & {
  readonly images: readonly Omit<BuiltImage, 'stagingTag'>[];
};

/**
 * Pins the image of one platform, not the index over all: what was built natively and read back runs, or nothing.
 * An index would let a queue or node of another architecture run another image without a word.
 *
 * @throws ImageNotPublished when the build published no such image, or none for that platform
 */
export function pinImage(build: PublishedBuild, { image, platform }: ImageChoice): PinnedImage {
  const moves = build.tags.filter((move) => move.image === image);
  if (moves.length === 0) {
    const names = [...new Set(build.tags.map((move) => move.image))].join(', ');
    throw new TwinhullError('ImageNotPublished', `build ${build.id} published no image ${quoted(image)}`, {
      hint: `name one of these with --image: ${names}`,
    });
  }
  const built = build.images.find((candidate) => candidate.image === image && candidate.platform === platform);
  if (built === undefined || !moves.some((move) => move.platforms.includes(platform))) {
    const platforms = [...new Set(moves.flatMap((move) => move.platforms))].join(', ');
    throw new TwinhullError('ImageNotPublished', `build ${build.id} published no ${platform} image ${quoted(image)}`, {
      platform,
      hint: `it is published for ${platforms}: name that with --platform, or build the commit for ${platform} too`,
    });
  }
  return {
    buildId: build.id,
    commit: build.commit,
    name: image,
    platform,
    reference: `${build.destination}@${built.digest}`,
    repositoryName: build.destination.slice(build.destination.lastIndexOf('/') + 1),
  };
}
