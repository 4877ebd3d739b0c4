import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { Phase } from '../domain/phase.ts';
import { type Platform, platformSuffix } from '../domain/platform.ts';

/** What is simulated. Build it with `checkedScenario`. */
export interface Scenario {
  readonly buildsPerDay: number;
  /** Weights of the 24 hours from midnight. */
  readonly profile: readonly number[];
  /** How many days are measured, after one that only fills the queues. */
  readonly days: number;
  /** The same scenario and seed give the same result. A whole number from 0 to 2^32 - 1. */
  readonly seed: number;
  /** Share of the builds whose phase `build` finds its layers in the cache, 0 to 1. */
  readonly cacheHitRate: number;
  readonly runTimes: RunTimes;
  /** One queue for each platform: every build has a job in each. */
  readonly queues: readonly QueueScenario[];
}

/** How the run time of a job varies around the sum of its phases: not at all, or exponentially. */
export type RunTimes = 'fixed' | 'exponential';

/** The job queue of one platform and the hosts behind it. */
export interface QueueScenario {
  readonly platform: Platform;
  /** vCPUs that may run at once, and that always run. */
  readonly maxVcpus: number;
  readonly minVcpus: number;
  /** vCPUs of a host; each job has a host of its own. */
  readonly vcpusPerJob: number;
  /** Seconds from the request of a host until it takes a job. */
  readonly hostStartSeconds: number;
  /** Seconds that an idle host is kept. */
  readonly scaleDownSeconds: number;
  /** Price of a host for an hour, in any currency; undefined if unknown. */
  readonly pricePerHour?: number | undefined;
  /** Seconds of each phase of a job. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  /** Seconds of the phase `build` where its layers are cached. */
  readonly cachedBuildSeconds: number;
}

/** Bounds the memory and the time of a simulation: about a second. */
const mostBuilds = 2_000_000;
const enoughBuilds = 20_000;

/** Days that give a steady result: at least a week, and 20,000 builds where that takes at most ten years. */
export function defaultDays(buildsPerDay: number): number {
  return Math.min(3_650, Math.max(7, Math.ceil(enoughBuilds / buildsPerDay)));
}

/** @throws ArgumentInvalid when values contradict each other */
export function checkedScenario(scenario: Scenario): Scenario {
  const { buildsPerDay, days, profile, queues } = scenario;
  if (buildsPerDay * (days + 1) > mostBuilds)
    throw invalid(
      `${buildsPerDay} builds a day for ${days} days and one to fill the queues are too many to simulate: at most ${mostBuilds.toLocaleString('en-US')} builds`,
      'simulate fewer days (--days)',
    );
  if (profile.length !== 24 || !(profile.reduce((sum, weight) => sum + weight, 0) > 0))
    throw invalid(
      `the profile of the day has ${profile.length} weights: it needs 24, not all of them 0`,
      'give a weight for each hour from midnight (--profile)',
    );
  for (const queue of queues) checkQueue(queue);
  return scenario;
}

function checkQueue({ platform, maxVcpus, minVcpus, vcpusPerJob, phases }: QueueScenario): void {
  const where = platformSuffix(platform);
  if (maxVcpus < vcpusPerJob)
    throw invalid(
      `${maxVcpus} vCPUs for ${where} are fewer than one job needs (${vcpusPerJob}): no job could start`,
      'raise --max-vcpus, or lower --vcpus-per-job',
    );
  if (minVcpus > maxVcpus)
    throw invalid(
      `${where} would always have ${minVcpus} vCPUs, more than the limit of ${maxVcpus}`,
      'lower --min-vcpus, or raise --max-vcpus',
    );
  if (!(Object.values(phases).reduce((sum, seconds) => sum + seconds, 0) > 0))
    throw invalid(`the phases of ${where} take no time`, 'give the seconds of at least one phase (--phases)');
}

function invalid(message: string, hint: string): TwinhullError {
  return new TwinhullError('ArgumentInvalid', message, { hint });
}
