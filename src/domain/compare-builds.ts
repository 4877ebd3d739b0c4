import type { Attempt, Build, BuiltImage, Job } from './build.ts';
import type { PhaseSpan } from './failure.ts';
import type { Phase } from './phase.ts';
import type { Platform } from './platform.ts';

/** A value of a build and of the one it is compared with; undefined where one of them has none. */
export interface Compared {
  readonly value: number | undefined;
  readonly baseline: number | undefined;
}

/** One phase of the last attempts of both builds. Durations are in seconds. */
export interface PhaseComparison extends Compared {
  readonly phase: Phase;
  readonly image: string | undefined;
  /** Exit code in the build itself. */
  readonly exitCode: number | undefined;
}

/** A base image and the digests that both builds found for it. */
export interface BaseComparison {
  readonly reference: string;
  readonly digest: string | undefined;
  readonly baselineDigest: string | undefined;
}

/** An image of both builds. Sizes are in bytes, compressed. */
export interface ImageComparison extends Compared {
  readonly image: string;
  readonly bases: readonly BaseComparison[];
}

/** One half of a build, side by side with the same half of another. */
export interface JobComparison {
  readonly platform: Platform;
  /** Numbers of the attempts that are compared: the last ones. */
  readonly attempt: number | undefined;
  readonly baselineAttempt: number | undefined;
  /** In seconds. */
  readonly waiting: Compared;
  readonly running: Compared;
  readonly phases: readonly PhaseComparison[];
  readonly images: readonly ImageComparison[];
}

/** The halves of a build, each side by side with that of an earlier build. */
export function compareBuilds(build: Build, baseline: Build): readonly JobComparison[] {
  return build.jobs.map((job) => {
    const other = baseline.jobs.find(({ platform }) => platform === job.platform);
    const [own, before] = [job.attempts.at(-1), other?.attempts.at(-1)];
    return {
      platform: job.platform,
      attempt: own?.number,
      baselineAttempt: before?.number,
      waiting: compared(own && waitingSeconds(own), before && waitingSeconds(before)),
      running: compared(own && runningSeconds(own), before && runningSeconds(before)),
      phases: comparePhases(own?.phases ?? [], before?.phases ?? []),
      images: compareImages(imagesOf(build, job), other === undefined ? [] : imagesOf(baseline, other)),
    };
  });
}

function compared(value: number | undefined, baseline: number | undefined): Compared {
  return { value, baseline };
}

function waitingSeconds({ intendedAt, startedAt }: Attempt): number | undefined {
  return startedAt === undefined ? undefined : Math.max(0, (startedAt - intendedAt) / 1000);
}

function runningSeconds({ startedAt, finishedAt }: Attempt): number | undefined {
  return startedAt === undefined || finishedAt === undefined ? undefined : Math.max(0, (finishedAt - startedAt) / 1000);
}

/** In the order of the build; phases that it does not have come last. A phase that is repeated is compared in turn. */
function comparePhases(own: readonly PhaseSpan[], before: readonly PhaseSpan[]): readonly PhaseComparison[] {
  const left = new Map<string, PhaseSpan[]>();
  for (const span of before) left.set(keyOf(span), [...(left.get(keyOf(span)) ?? []), span]);
  const both = own.map((span) => comparison(span, span, left.get(keyOf(span))?.shift()));
  const missing = [...left.values()].flat().map((span) => comparison(span, undefined, span));
  return [...both, ...missing];
}

function comparison(
  { phase, image }: PhaseSpan,
  own: PhaseSpan | undefined,
  before: PhaseSpan | undefined,
): PhaseComparison {
  return { phase, image, exitCode: own?.exitCode, ...compared(own?.seconds, before?.seconds) };
}

function keyOf({ phase, image }: PhaseSpan): string {
  return `${phase} ${image ?? ''}`;
}

type KnownImage = Pick<BuiltImage, 'image' | 'bases'> & { readonly size?: number };

/** Those that were read back, and those whose bases the job reported before it failed. */
function imagesOf(build: Build, job: Job): readonly KnownImage[] {
  const built = build.images.filter(({ platform }) => platform === job.platform);
  const reported = Object.entries(job.attempts.at(-1)?.bases ?? {})
    .filter(([image]) => !built.some((each) => each.image === image))
    .map(([image, bases]) => ({ image, bases }));
  return [...built, ...reported];
}

function compareImages(own: readonly KnownImage[], before: readonly KnownImage[]): readonly ImageComparison[] {
  const names = [...new Set([...own, ...before].map(({ image }) => image))];
  return names.map((image) => {
    const [one, other] = [own, before].map((images) => images.find((each) => each.image === image));
    return { image, ...compared(one?.size, other?.size), bases: compareBases(one?.bases ?? [], other?.bases ?? []) };
  });
}

function compareBases(
  own: NonNullable<KnownImage['bases']>,
  before: NonNullable<KnownImage['bases']>,
): readonly BaseComparison[] {
  const references = [...new Set([...own, ...before].map(({ reference }) => reference))];
  return references.map((reference) => {
    const [one, other] = [own, before].map((bases) => bases.find((each) => each.reference === reference));
    return { reference, digest: one?.digest, baselineDigest: other?.digest };
  });
}
