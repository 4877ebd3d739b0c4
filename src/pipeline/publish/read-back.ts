import type { Attempt, BuiltImage } from '../../domain/build.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { isIndexMediaType, parseManifest } from '../../domain/image-document.ts';
import { isOfPlatform, requireDescribed, requireSameLayers, selectPlatform } from '../../domain/image-index.ts';
import { digestOf } from '../../domain/image-reference.ts';
import { type PlannedJob, type PlannedStep, stagingTag } from '../../domain/plan.ts';
import { visible } from '../../domain/quoted.ts';
import type { Registry, StoredManifest } from '../../ports/registry.ts';
import type { CollectedReport } from '../logs/log-collector.ts';

/** What a job reports of the images that it pushed. */
type ReportedAttempt = Pick<Attempt, 'jobKey' | 'pushed' | 'bases' | 'programs'>;

/**
 * Reads every image of a job back from the registry, once: its digest must be the one that the job reports, and its
 * staging tag must point to it. From then on only digests are trusted.
 *
 * @throws ImageNotPublished when an image is missing, which may pass: a registry may show it a moment later
 * @throws VerifyFailed when it is not an image, or is one of another platform
 * @throws StagingTagMoved when a staging tag points to another image than the job pushed
 */
export function readBackImages(
  job: PlannedJob,
  attempt: ReportedAttempt,
  registry: Registry,
): Promise<readonly BuiltImage[]> {
  return Promise.all(job.steps.map((step) => readBackImage(job, step, attempt, registry)));
}

async function readBackImage(
  { platform }: PlannedJob,
  { image, build, architecture }: PlannedStep,
  { jobKey = '', pushed, bases, programs }: ReportedAttempt,
  registry: Registry,
): Promise<BuiltImage> {
  const tag = stagingTag(image, platform, jobKey);
  const reference = `${registry.repository}:${tag}`;
  const stored = await registry.getManifest(tag);
  if (stored === undefined) {
    throw new TwinhullError('ImageNotPublished', `image ${image} was built, but ${reference} is not in the registry`, {
      platform,
      hint:
        build.kind === 'script'
          ? 'make the build script push the tag that it is given'
          : 'check whether the registry expires images, and build it again',
    });
  }
  // Its digest was computed from the bytes received, so a second request by digest is unnecessary.
  if (pushed !== undefined && stored.digest !== pushed[image]) {
    const message = `${reference} names ${stored.digest}, but the ${platform} job pushed ${pushed[image] ?? 'nothing'} there`;
    throw new TwinhullError('StagingTagMoved', message, { platform });
  }
  const manifest = await singleManifest(stored);
  const parsed = parseManifest(manifest);
  const config = await registry.getImageConfig(parsed.config);
  requireSameLayers(parsed, config, reference);
  if (!isOfPlatform(config, platform)) {
    const { os, architecture, variant } = config;
    const is = [os, architecture, ...(variant ? [variant] : [])].join('/');
    const message = `image ${image} was built for ${platform}, but ${reference} is ${visible(is)}`;
    throw new TwinhullError('VerifyFailed', message, {
      platform,
      hint: 'check that its base image supports this platform, and that the build requests it',
    });
  }
  const size = parsed.layers.reduce((sum, layer) => sum + layer.size, parsed.config.size);
  const { digest, mediaType } = manifest;
  const finding = architecture === 'independent' ? undefined : programs?.[image];
  const content = finding && { layers: digestOf(Buffer.from(config.diffIds.join('\n'))), programs: finding };
  return { image, platform, stagingTag: tag, digest, mediaType, size, bases: bases && (bases[image] ?? []), content };

  async function singleManifest(found: StoredManifest): Promise<StoredManifest> {
    if (!isIndexMediaType(found.mediaType)) return found;
    const child = selectPlatform(found, platform);
    const single = child && (await registry.getManifest(child.digest));
    if (child !== undefined && single !== undefined) {
      requireDescribed(child, single);
      return single;
    }
    throw new TwinhullError('VerifyFailed', `${reference} is an index without an image for ${platform}`, { platform });
  }
}

/**
 * What a successful job reports about what it pushed.
 *
 * - `reported`: the digest of each image
 * - `by-tag`: its builder has report version 1 and reports no digests; the staging tags have to be trusted
 * - `unknown`: the report is missing; `mayCome` when the log was not read to its end
 */
type PushedDigests =
  | { readonly kind: 'reported'; readonly digests: Readonly<Record<string, string>> }
  | { readonly kind: 'by-tag' }
  | { readonly kind: 'unknown'; readonly mayCome: boolean };

/** Extracts the digests from a job's report. Pure. */
export function pushedDigests(job: PlannedJob, report: CollectedReport): PushedDigests {
  const unknown = { kind: 'unknown', mayCome: !report.isComplete } as const;
  // Only the last `pushed` marks are the builder's own, and they come at the end of the log.
  if (report.reportVersion === undefined || !report.isComplete) return unknown;
  if (report.reportVersion === 1) return { kind: 'by-tag' };
  const digests = job.steps.map(({ image }) => [image, report.pushed.get(image)] as const);
  if (digests.some(([, digest]) => digest === undefined)) return unknown;
  return { kind: 'reported', digests: Object.fromEntries(digests) as Record<string, string> };
}
