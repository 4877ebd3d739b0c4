import { estimateFrom } from '../../domain/build-estimate.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Phase } from '../../domain/phase.ts';
import { type Platform, platforms } from '../../domain/platform.ts';
import { quoted } from '../../domain/quoted.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { ByPlatform } from './simulate.values.ts';

type PhaseSeconds = Readonly<Partial<Record<Phase, number>>>;

/** As many as an estimate reads. */
const newestBuilds = 50;

/**
 * The median duration of each phase, in seconds, of the newest published builds of a recipe in any repository.
 * @throws ArgumentInvalid when a platform has none
 */
export async function measuredPhases(
  recipe: string,
  store: Pick<BuildStore, 'pastRuns'>,
): Promise<ByPlatform<PhaseSeconds>> {
  const { jobs } = estimateFrom(await store.pastRuns({ recipe, builds: newestBuilds }), platforms);
  const phasesOf = (platform: Platform): PhaseSeconds => {
    const seconds: Partial<Record<Phase, number>> = {};
    // A phase that occurs for each image takes as long as all of them together.
    for (const { phase, median } of jobs.find((job) => job.platform === platform)?.phases ?? [])
      seconds[phase] = (seconds[phase] ?? 0) + median;
    if (Object.keys(seconds).length > 0) return seconds;
    throw new TwinhullError(
      'ArgumentInvalid',
      `the store has no published build of recipe ${quoted(recipe)} with a job on ${platform}`,
      { hint: 'name a recipe of `twinhull list`, or give durations with --phases' },
    );
  };
  return { arm64: phasesOf('linux/arm64'), amd64: phasesOf('linux/amd64') };
}
