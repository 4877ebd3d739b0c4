import { parseEcrHost } from '../../../domain/ecr-host.ts';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { isIndexMediaType, parseManifest } from '../../../domain/image-document.ts';
import { isOfPlatform, selectPlatform } from '../../../domain/image-index.ts';
import { type Platform, platforms } from '../../../domain/platform.ts';
import type { Registry, StoredManifest } from '../../../ports/registry.ts';
import { judgeBuilderLabels } from '../builder-image-check.ts';
import { type CheckResult, ok, problem, problemFromError, warning } from '../check.ts';

/** Opens the repository `host/path`, with a login of ECR. */
export type OpenRegistry = (repository: string) => Registry;

const pushIt = 'build and push it for both platforms: examples/builder-image';

/**
 * Whether the image of a job definition exists for both platforms and is for this version's jobs. Examines images in
 * private ECR repositories only: those of other registries are not made by us, and the hosts may have another way there.
 */
export async function checkDefinitionImage(
  name: string,
  image: string,
  open: OpenRegistry,
): Promise<readonly CheckResult[]> {
  const place = ecrPlace(image);
  if (place === undefined) return [];
  try {
    const registry = open(place.repository);
    const stored = await registry.getManifest(place.reference);
    if (stored === undefined) return [problem(name, `there is no image ${image}: jobs cannot start`, pushIt)];
    const results = await Promise.all(
      platforms.map((platform) => judgeFor(name, image, platform, { registry, stored })),
    );
    const found = results.filter(({ status }) => status !== 'ok');
    return found.length === 0
      ? [ok(name, image)]
      : [...new Map(found.map((result) => [result.detail, result])).values()];
  } catch (error) {
    if (!TwinhullError.is(error, 'RegistryAccessDenied')) return [problemFromError(name, error)];
    return [
      warning(
        name,
        `not checked: ${error.message}`,
        `allow ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on its repository: deploy the stack again with this version`,
      ),
    ];
  }
}

/** Undefined for an image that is not in a private ECR repository. */
function ecrPlace(image: string): { readonly repository: string; readonly reference: string } | undefined {
  const [, host = '', path = '', tag = 'latest', digest] =
    /^([^/]+)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(image) ?? [];
  return parseEcrHost(host) && { repository: `${host}/${path}`, reference: digest ?? tag };
}

async function judgeFor(
  name: string,
  image: string,
  platform: Platform,
  { registry, stored }: { readonly registry: Registry; readonly stored: StoredManifest },
): Promise<CheckResult> {
  const child = isIndexMediaType(stored.mediaType) ? selectPlatform(stored, platform) : stored;
  const manifest = child && (child === stored ? stored : await registry.getManifest(child.digest));
  const config = manifest && (await registry.getImageConfig(parseManifest(manifest).config));
  return config !== undefined && isOfPlatform(config, platform)
    ? judgeBuilderLabels(name, image, config.labels ?? {})
    : problem(name, `${image} has no image for ${platform}: its jobs cannot start`, pushIt);
}
