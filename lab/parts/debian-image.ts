import { bootstrapDebian, type DebianImage } from '../images/bootstrap-debian.ts';
import { pullDebian } from '../images/pull-debian.ts';
import { hasIndex, platformTag, pushIndex } from '../images/push-index.ts';
import { hasImage } from '../images/registry-api.ts';
import type { LabContext, Part } from '../part.ts';
import { architectureOf, foreignPlatform, type LabPlatform, labPlatforms, nativePlatform } from '../platforms.ts';
import { registryHost } from './registry.ts';

const repository = 'lab/debian';
const tag = 'bookworm';

export function debianReference(context: LabContext): string {
  return `${registryHost(context)}/${repository}:${tag}`;
}

/** The image of the native platform alone, which exists before the other platform's. */
export function nativeDebianReference(context: LabContext): string {
  return `${registryHost(context)}/${repository}:${platformTag(tag, nativePlatform)}`;
}

function debianPart(platform: LabPlatform): Part {
  return {
    name: debianPartName(platform),
    needs: ['registry', ...(platform === foreignPlatform ? ['emulation'] : [])],

    async check(context) {
      const present = await hasImage(registryHost(context), repository, platformTag(tag, platform));
      return present ? undefined : 'not in the registry';
    },

    async start(context) {
      const image: DebianImage = {
        host: registryHost(context),
        repository,
        tag: platformTag(tag, platform),
        platform,
        workFolder: context.paths.workFolder,
      };
      if (!(await pullDebian(image))) await bootstrapDebian(image);
    },
  };
}

export function debianPartName(platform: LabPlatform): string {
  return `Debian ${architectureOf(platform)}`;
}

// The emulated one takes longest, so it starts first.
export const debianParts: readonly Part[] = [debianPart(foreignPlatform), debianPart(nativePlatform)];

/** One name for both platforms. */
export const debianIndexPart: Part = {
  name: 'Debian index',
  needs: labPlatforms.map(debianPartName),

  async check(context) {
    return (await hasIndex(registryHost(context), repository, tag)) ? undefined : 'not in the registry';
  },

  async start(context) {
    await pushIndex(registryHost(context), repository, tag);
  },
};
