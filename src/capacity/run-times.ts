import { exponential, seededRandom } from './random.ts';
import type { QueueScenario, Scenario } from './scenario.ts';

/** Seconds of a job's phases, with and without a cache. */
function runKinds({ phases, cachedBuildSeconds }: QueueScenario): { readonly hit: number; readonly miss: number } {
  const miss = Object.values(phases).reduce((sum, seconds) => sum + seconds, 0);
  const build = phases.build ?? 0;
  return { miss, hit: miss - build + Math.min(build, cachedBuildSeconds) };
}

/** How long a job of the queue runs on average. */
export function meanRunSeconds(queue: QueueScenario, { cacheHitRate }: Scenario): number {
  const { hit, miss } = runKinds(queue);
  return cacheHitRate * hit + (1 - cacheHitRate) * miss;
}

/** Whether each build finds its layers: both halves do, or neither, as they build the same commit. */
export function cacheHits(builds: number, { seed, cacheHitRate }: Scenario): Uint8Array {
  const random = seededRandom(seed, 1);
  return Uint8Array.from({ length: builds }, () => (random() < cacheHitRate ? 1 : 0));
}

/** How long the job of each build runs; `index` of the queue gives it random numbers of its own. */
export function runSeconds(
  queue: QueueScenario,
  { seed, runTimes }: Scenario,
  hits: Uint8Array,
  index: number,
): Float64Array {
  const random = seededRandom(seed, 2 + index);
  const { hit, miss } = runKinds(queue);
  return Float64Array.from(hits, (cached) => {
    const mean = cached === 1 ? hit : miss;
    return runTimes === 'fixed' ? mean : exponential(random, mean);
  });
}
