import type { Build } from './build.ts';
import type { BuildEvent } from './build-event.ts';
import { type Phase, phases } from './phase.ts';
import type { Platform } from './platform.ts';

/** What the time of a job's attempt is divided into: its wait for a place to run, its run, and the phases of the run. */
export const measuredStages = ['waiting', 'running', ...phases] as const;

/** A stage of `measuredStages`. */
export type MeasuredStage = (typeof measuredStages)[number];

/** How long one stage of an ended attempt took. */
export interface JobMeasure {
  /** UTC, in days since 1970: when the attempt ended. */
  readonly day: number;
  readonly recipe: string;
  readonly platform: Platform;
  readonly stage: MeasuredStage;
  /** `stopped`: before it ended by itself, by a cancel or because the other half failed. */
  readonly outcome: 'succeeded' | 'failed' | 'stopped';
  /** Rounded by `roundedDuration`. */
  readonly milliseconds: number;
}

/** How many steps of an attempt's images the layer cache provided. */
export interface CacheMeasure {
  /** UTC, in days since 1970: when the attempt ended. */
  readonly day: number;
  readonly recipe: string;
  readonly platform: Platform;
  /** Of `steps`, those that did not run. */
  readonly cached: number;
  readonly steps: number;
}

const dayLength = 86_400_000;

/** The day in UTC, in days since 1970. @param at milliseconds since the Unix epoch */
export function dayOf(at: number): number {
  return Math.floor(at / dayLength);
}

/**
 * To two significant digits, at most 5% off: so that a day has few different durations, which can be counted.
 * @param milliseconds negative ones, of clocks that differ, are 0
 */
export function roundedDuration(milliseconds: number): number {
  return milliseconds > 0 ? Number(Math.round(milliseconds).toPrecision(2)) : 0;
}

/**
 * The stages of the attempts that these events end. A phase of several images is one stage, as long as all of them
 * together; one that never ended has no duration.
 *
 * @param build the state after the events
 */
export function jobMeasures(build: Build, events: readonly BuildEvent[]): readonly JobMeasure[] {
  return events.flatMap((event) => (event.type === 'job.ended' ? attemptMeasures(build, event) : []));
}

/** The cached steps of the attempts that these events end; nothing of attempts whose builders report none. */
export function cacheMeasures({ recipe }: Build, events: readonly BuildEvent[]): readonly CacheMeasure[] {
  return events.flatMap((event) => {
    if (event.type !== 'job.ended') return [];
    const uses = event.phases.flatMap(({ cache }) => cache ?? []);
    if (uses.length === 0) return [];
    const cached = uses.reduce((sum, use) => sum + use.cached, 0);
    const steps = uses.reduce((sum, use) => sum + use.steps, 0);
    return [{ day: dayOf(event.finishedAt), recipe, platform: event.platform, cached, steps }];
  });
}

type Ended = Extract<BuildEvent, { type: 'job.ended' }>;

function attemptMeasures({ recipe, jobs }: Build, ended: Ended): readonly JobMeasure[] {
  const { platform, result, finishedAt } = ended;
  const job = jobs.find((each) => each.platform === platform);
  const attempt = job?.attempts.find(({ number }) => number === ended.attempt);
  if (attempt?.startedAt === undefined) return [];
  const measure = (stage: MeasuredStage, outcome: JobMeasure['outcome'], milliseconds: number): JobMeasure => {
    return { day: dayOf(finishedAt), recipe, platform, stage, outcome, milliseconds: roundedDuration(milliseconds) };
  };
  return [
    measure('waiting', 'succeeded', attempt.startedAt - attempt.intendedAt),
    measure('running', result, finishedAt - attempt.startedAt),
    ...[...phaseTotals(ended)].map(([phase, { seconds, failed }]) =>
      measure(phase, failed ? 'failed' : 'succeeded', seconds * 1000),
    ),
  ];
}

function phaseTotals({
  phases: spans,
}: Ended): ReadonlyMap<Phase, { readonly seconds: number; readonly failed: boolean }> {
  const totals = new Map<Phase, { seconds: number; failed: boolean }>();
  for (const { phase, seconds, exitCode } of spans) {
    if (seconds === undefined || exitCode === undefined) continue;
    const before = totals.get(phase);
    totals.set(phase, {
      seconds: (before?.seconds ?? 0) + seconds,
      failed: exitCode !== 0 || (before?.failed ?? false),
    });
  }
  return totals;
}
