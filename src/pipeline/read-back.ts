import type { BuiltImage } from '../domain/build.ts';
import { isIndexMediaType, parseManifest, selectPlatform } from '../domain/image-index.ts';
import { type PlannedJob, stagingTag } from '../domain/plan.ts';
import { platformArchitecture, platformOs } from '../domain/platform.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import type { Registry, StoredManifest } from '../ports/registry.ts';

/**
 * Resolves every staging tag of a job to a digest, once, and checks what lies behind it. From here on nothing is
 * trusted but digests.
 *
 * @throws VerifyFailed when an image is missing or of another platform
 */
export function readBackImages(job: PlannedJob, jobKey: string, registry: Registry): Promise<readonly BuiltImage[]> {
  return Promise.all(job.steps.map((step) => readBackImage(job, step.image, jobKey, registry)));
}

async function readBackImage(
  { platform }: PlannedJob,
  image: string,
  jobKey: string,
  registry: Registry,
): Promise<BuiltImage> {
  const tag = stagingTag(image, platform, jobKey);
  const reference = `${registry.repository}:${tag}`;
  const stored = await registry.getManifest(tag);
  if (stored === undefined) {
    throw new TwinhullError('VerifyFailed', `image ${image} was built, but ${reference} is not in the registry`, {
      platform,
      hint: 'did the build script push the tag that it was given?',
    });
  }
  const manifest = await singleManifest(stored);
  const parsed = parseManifest(manifest);
  const config = await registry.getImageConfig(parsed.config.digest);
  if (config.os !== platformOs(platform) || config.architecture !== platformArchitecture(platform)) {
    const message = `image ${image} was built for ${platform}, but ${reference} is ${config.os}/${config.architecture}`;
    throw new TwinhullError('VerifyFailed', message, {
      platform,
      hint: 'check that its base image is there for this platform, and that the build asks for it',
    });
  }
  const size = parsed.layers.reduce((sum, layer) => sum + layer.size, parsed.config.size);
  return { image, platform, stagingTag: tag, digest: manifest.digest, mediaType: manifest.mediaType, size };

  async function singleManifest(found: StoredManifest): Promise<StoredManifest> {
    if (!isIndexMediaType(found.mediaType)) return found;
    const child = selectPlatform(found, platform);
    const single = child && (await registry.getManifest(child.digest));
    if (single !== undefined) return single;
    throw new TwinhullError('VerifyFailed', `${reference} is an index without an image for ${platform}`, { platform });
  }
}
