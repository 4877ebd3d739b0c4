import type { Phase } from './phase.ts';
import type { Platform } from './platform.ts';
import { quantileOf } from './quantile.ts';

/** A job that succeeded, of a published build. Times are milliseconds since the Unix epoch. */
export interface PastRun {
  readonly buildId: string;
  readonly platform: Platform;
  /** When its last attempt was submitted, started and ended. */
  readonly intendedAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly phases: readonly PastPhase[];
}

/** A phase of an earlier job. */
export interface PastPhase {
  readonly phase: Phase;
  readonly image?: string | undefined;
  /** Undefined when the phase never ended. */
  readonly seconds?: number | undefined;
}

/** How long a build will take, from those of the same recipe and repository. A JSON value, like the plan. */
export interface BuildEstimate {
  /** Published builds that it is computed from; with 0 nothing is known. */
  readonly builds: number;
  /** Builds of the store that have not ended. */
  readonly live: number;
  /** How many of them publish one of its tags, or wait to: it is refused until they have ended, or waits for them. */
  readonly ahead: number;
  /** Seconds from the submit until all jobs have ended, of builds with a job on each of its platforms. */
  readonly buildSeconds: SecondsRange | null;
  /** Of the hosts while its jobs run, by the median run times; null without prices, or without a run on each platform. */
  readonly cost: number | null;
  readonly jobs: readonly JobEstimate[];
}

/** Price of a host for an hour, in any currency. */
export type HostPrices = Readonly<Record<Platform, number>>;

/** How long the job of one platform will wait and run; null without earlier jobs. */
export interface JobEstimate {
  readonly platform: Platform;
  /** How many jobs it is computed from. */
  readonly runs: number;
  /** From the submit of the attempt until its job started. */
  readonly waitingSeconds: SecondsRange | null;
  readonly runSeconds: SecondsRange | null;
  /** In the order of the phases of the newest job. */
  readonly phases: readonly PhaseEstimate[];
}

/** How long one phase of a job will take. */
export interface PhaseEstimate extends SecondsRange {
  readonly phase: Phase;
  /** For the phases `build`, `verify` and `push`. */
  readonly image: string | null;
}

/** Seconds that half, and nine of ten, did not exceed. */
export interface SecondsRange {
  readonly median: number;
  readonly p90: number;
}

/** @param runs newest first */
export function estimateFrom(
  runs: readonly PastRun[],
  platforms: readonly Platform[],
  prices?: HostPrices,
): Omit<BuildEstimate, 'live' | 'ahead'> {
  const builds = new Map<string, PastRun[]>();
  for (const run of runs) {
    if (!platforms.includes(run.platform)) continue;
    const jobs = builds.get(run.buildId);
    if (jobs === undefined) builds.set(run.buildId, [run]);
    else jobs.push(run);
  }
  const jobs = platforms.map((platform) => jobEstimate(platform, runs));
  const complete = [...builds.values()].filter((jobs) => jobs.length === platforms.length);
  return {
    builds: builds.size,
    buildSeconds: rangeOf(complete.map(buildSeconds)),
    cost: costOf(jobs, prices),
    jobs,
  };
}

function costOf(jobs: readonly JobEstimate[], prices: HostPrices | undefined): number | null {
  if (prices === undefined) return null;
  const costs = jobs.flatMap(({ platform, runSeconds }) =>
    runSeconds === null ? [] : (runSeconds.median / 3600) * prices[platform],
  );
  return costs.length < jobs.length ? null : Number(costs.reduce((sum, cost) => sum + cost, 0).toFixed(6));
}

function buildSeconds(jobs: readonly PastRun[]): number {
  const ended = Math.max(...jobs.map(({ finishedAt }) => finishedAt));
  return (ended - Math.min(...jobs.map(({ intendedAt }) => intendedAt))) / 1000;
}

function jobEstimate(platform: Platform, runs: readonly PastRun[]): JobEstimate {
  const own = runs.filter((run) => run.platform === platform);
  return {
    platform,
    runs: own.length,
    waitingSeconds: rangeOf(own.map(({ intendedAt, startedAt }) => (startedAt - intendedAt) / 1000)),
    runSeconds: rangeOf(own.map(({ startedAt, finishedAt }) => (finishedAt - startedAt) / 1000)),
    phases: (own[0]?.phases ?? []).flatMap(({ phase, image }) => {
      const all = own.flatMap(({ phases }) => phases.filter((each) => each.phase === phase && each.image === image));
      const range = rangeOf(all.flatMap(({ seconds }) => seconds ?? []));
      return range === null ? [] : [{ phase, image: image ?? null, ...range }];
    }),
  };
}

/** Clocks of a store and a backend may differ a little: no range begins below 0. Two decimals. */
function rangeOf(seconds: readonly number[]): SecondsRange | null {
  if (seconds.length === 0) return null;
  const ascending = seconds.toSorted((a, b) => a - b);
  const rounded = (share: number): number => Math.max(0, Math.round((quantileOf(ascending, share) ?? 0) * 100) / 100);
  return { median: rounded(0.5), p90: rounded(0.9) };
}
