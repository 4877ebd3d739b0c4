import type { ShownAttempt } from '../../build-json/shown-build.ts';
import type { BuildState, Stopping } from '../../domain/build.ts';
import { shortCommit } from '../../domain/commit.ts';
import type { Phase } from '../../domain/phase.ts';
import type { Colours } from './display.ts';
import { safeLine } from './safe-text.ts';

/** `build task`, or `clone` for a phase of the whole job. */
export function phaseLabel({
  phase,
  image,
}: {
  readonly phase: Phase | 'contract';
  readonly image?: string | undefined;
}): string {
  return image === undefined ? phase : `${phase} ${safeLine(image)}`;
}

/** `vecoli at 3f2c1a9`, with the branch or tag if the user named one. */
export function buildTitle({
  recipe,
  commit,
  reference,
}: {
  recipe: string;
  commit: string;
  reference: string;
}): string {
  const named = commit.startsWith(reference) ? '' : ` (${safeLine(reference)})`;
  return `${safeLine(recipe)} at ${shortCommit(commit)}${named}`;
}

/** `sha256:0123456789ab`: enough to distinguish digests by eye. */
export function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}

/** Why the driver stopped a job, as the end of a sentence. */
export const stoppingReasons: Record<Stopping['why'], string> = {
  cancelled: 'the build was cancelled',
  'sibling-failed': 'the other platform failed',
  'wait-timeout': 'it exceeded its wait timeout',
  'run-timeout': 'it exceeded its run timeout',
};

/**
 * The colour of a state: green for published, red for failed, yellow for cancelled and superseded, cyan while it is
 * open.
 */
export function stateStyle(state: BuildState, colours: Colours): (text: string) => string {
  const styles = {
    waiting: colours.cyan,
    building: colours.cyan,
    publishing: colours.cyan,
    published: colours.green,
    failed: colours.red,
    cancelled: colours.yellow,
    superseded: colours.yellow,
  };
  return styles[state];
}

/** Seconds that an attempt has run; undefined when it never started. */
export function attemptSeconds(
  { startedAt, finishedAt }: Pick<ShownAttempt, 'startedAt' | 'finishedAt'>,
  now: number,
): number | undefined {
  return startedAt === undefined ? undefined : Math.max(0, (finishedAt ?? now) - startedAt) / 1000;
}
