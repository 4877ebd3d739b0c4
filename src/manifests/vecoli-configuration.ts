import type { TagMove } from '../domain/build.ts';
import { parseEcrHost } from '../domain/ecr-host.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { quoted } from '../domain/quoted.ts';
import { vecoliDefaults } from './defaults.ts';
import { batchName, checkName } from './names.ts';
import { type ImageChoice, type PublishedBuild, pinImage } from './pinned-image.ts';

/** Which image vEcoli's tasks run, and where. */
export interface VecoliConfigurationOptions extends ImageChoice {
  /** Queue of the simulation's tasks. @default `vecoli` */
  readonly queue?: string | undefined;
}

/** What vEcoli's `runscripts/workflow.py` reads from `aws` (https://github.com/CovertLab/vEcoli, doc/aws.rst). */
export interface VecoliConfiguration {
  readonly aws: {
    readonly build_image: false;
    /** `path:tag`, without the host. */
    readonly container_image: string;
    readonly region: string;
    readonly batch_queue: string;
  };
}

/**
 * The section `aws` of the configuration of vEcoli's workflow, with a published image.
 *
 * The workflow splits the image at its last colon, and finds the repository in ECR by its name. So it needs a tag
 * instead of a digest, and would lose the first part of a path such as `lab/vecoli` if the host came before it.
 *
 * @throws ImageNotPublished when the build published no such image, or only under tags that move
 * @throws ArgumentInvalid when it is not at ECR, or Batch does not accept the queue's name
 */
export function vecoliConfiguration(
  build: PublishedBuild,
  { image, platform, queue = vecoliDefaults.queue }: VecoliConfigurationOptions,
): VecoliConfiguration {
  pinImage(build, { image, platform });
  const slash = build.destination.indexOf('/');
  const region = parseEcrHost(build.destination.slice(0, slash))?.region;
  if (region === undefined) {
    throw new TwinhullError(
      'ArgumentInvalid',
      `vEcoli's workflow pulls its image from ECR, and ${quoted(build.destination)} is not at ECR`,
      { hint: 'build with a repository at ECR as the destination' },
    );
  }
  const candidates = build.tags.filter(
    (move) => move.image === image && !move.moving && move.platforms.includes(platform),
  );
  const [move] = candidates.sort(byPlatforms);
  if (move === undefined) {
    throw new TwinhullError(
      'ImageNotPublished',
      `build ${build.id} published image ${quoted(image)} under moving tags only, and a simulation needs a fixed tag`,
      { hint: 'give the image a tag with {commit} in the recipe, and build the commit again' },
    );
  }
  return {
    aws: {
      build_image: false,
      container_image: `${build.destination.slice(slash + 1)}:${move.tag}`,
      region,
      batch_queue: checkName('--queue', queue, batchName),
    },
  };
}

/** Prefers one platform's tag to the index: a queue of another architecture then fails instead of running another. */
function byPlatforms(one: TagMove, other: TagMove): number {
  return one.platforms.length - other.platforms.length;
}
