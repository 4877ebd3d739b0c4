import type { Build } from './build.ts';
import type { ImageContent, ProgramFinding } from './image-content.ts';
import type { Platform } from './platform.ts';

/** Two halves of an image that are the same files, although it is not shown that these contain no programs. */
export interface SharedLayers {
  readonly image: string;
  readonly platforms: readonly [Platform, Platform];
  readonly programs: Exclude<ProgramFinding, 'none'>;
}

/**
 * The first image whose halves have the same layers, unless a job read all of its files and found no program: a program
 * would be of the wrong architecture in one of the halves. An image is not compared if its recipe declares it
 * independent, or if no job reports what it found, as with builders of earlier releases.
 */
export function findSharedLayers({ images }: Pick<Build, 'images'>): SharedLayers | undefined {
  for (const [index, first] of images.entries()) {
    for (const second of images.slice(index + 1)) {
      const programs = first.image === second.image ? ofSameFiles(first.content, second.content) : 'none';
      if (programs !== 'none') return { image: first.image, platforms: [first.platform, second.platform], programs };
    }
  }
  return undefined;
}

/** For a message: what is wrong with the two halves. */
export function describeSharedLayers({ image, platforms, programs }: SharedLayers): string {
  const what = programs === 'some' ? 'contain programs' : 'were not completely examined for programs';
  return `image ${image} has the same layers for ${platforms.join(' and ')}, and these ${what}`;
}

/** What two reports of the same files prove together; `none` for different files. */
function ofSameFiles(one: ImageContent | undefined, other: ImageContent | undefined): ProgramFinding {
  if (one === undefined || one.layers !== other?.layers) return 'none';
  const found = [one.programs, other.programs];
  return (['some', 'none'] as const).find((finding) => found.includes(finding)) ?? 'unknown';
}
