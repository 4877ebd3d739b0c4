import type { Build, BuiltImage } from '../domain/build.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { Platform } from '../domain/platform.ts';
import { quoted } from '../domain/quoted.ts';

/** One platform's image of a published build, for a consumer to pull. */
export interface PinnedImage {
  readonly buildId: string;
  readonly recipe: string;
  readonly commit: string;
  /** Name in the recipe. */
  readonly name: string;
  readonly platform: Platform;
  /** `host[:port]/path@sha256:...` */
  readonly reference: string;
  /** The last part of the repository's path, its usual short name. */
  readonly repositoryName: string;
}

/** Which of a build's images is used, for which platform. */
export interface ImageChoice {
  /** Name in the recipe. */
  readonly image: string;
  readonly platform: Platform;
}

/** The fields of a published build that are needed to pin an image of it. */
export type PublishedBuild = Pick<Build, 'id' | 'recipe' | 'commit' | 'destination' | 'tags'> & {
  readonly images: readonly Omit<BuiltImage, 'stagingTag'>[];
};

/**
 * Pins the image of one platform, not the index over all: only the image that was built natively and read back can run.
 * With an index, a queue or node of another architecture would run another image without notice.
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
    recipe: build.recipe,
    commit: build.commit,
    name: image,
    platform,
    reference: `${build.destination}@${built.digest}`,
    repositoryName: build.destination.slice(build.destination.lastIndexOf('/') + 1),
  };
}
