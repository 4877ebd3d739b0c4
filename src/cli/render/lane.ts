import type { BuildEvent, RecordedEvent } from '../../domain/build-event.ts';
import type { PhaseSpan } from '../../domain/failure.ts';
import type { Phase } from '../../domain/phase.ts';
import type { Platform } from '../../domain/platform.ts';
import { stoppingReasons } from './words.ts';

/** The state of one platform's job as users see it. */
export type LaneState = 'waiting' | 'queued' | 'running' | 'stopping' | 'checking' | 'succeeded' | 'failed' | 'stopped';

/** The state of one platform in the live display. Immutable: `laneAfter` returns the next one. */
export interface Lane {
  readonly platform: Platform;
  readonly state: LaneState;
  /** 0 before the first attempt. */
  readonly attempt: number;
  readonly phases: readonly LanePhase[];
  /** When the attempt was submitted, then when it started to run. */
  readonly since?: number;
  readonly until?: number;
  readonly isEmulated: boolean;
  /** Anything unusual, in a few words. */
  readonly remark?: string;
}

/** A phase of the job; times are milliseconds since the Unix epoch. */
export interface LanePhase {
  readonly phase: Phase;
  readonly image?: string;
  readonly begunAt: number;
  /** Undefined while it runs. */
  readonly seconds?: number;
  readonly exitCode?: number;
}

/** The lane of a job that was not submitted yet. */
export function newLane(platform: Platform): Lane {
  return { platform, state: 'waiting', attempt: 0, phases: [], isEmulated: false };
}

/** The phase that runs now; undefined between phases. */
export function currentPhase(lane: Lane): LanePhase | undefined {
  return lane.phases.findLast((phase) => phase.seconds === undefined);
}

type LaneEvent = Extract<BuildEvent, { readonly platform: Platform }>;

/** The lane after an event; pure. */
export function laneAfter(lane: Lane, event: LaneEvent, at: RecordedEvent['at']): Lane {
  switch (event.type) {
    case 'job.intended':
      return { ...newLane(lane.platform), attempt: event.attempt, isEmulated: lane.isEmulated, since: at };
    case 'job.queued':
      return { ...lane, state: 'queued' };
    case 'job.waiting':
      return { ...lane, remark: event.reason };
    case 'job.started':
      return { ...lane, state: 'running', since: event.startedAt, remark: undefined };
    case 'job.phase':
      return { ...lane, phases: phasesAfter(lane.phases, event, at) };
    case 'job.note':
      return /\bemulat/i.test(event.text) ? { ...lane, isEmulated: true } : lane;
    case 'job.restarted':
      return { ...lane, phases: [] };
    case 'job.missing':
      return { ...lane, remark: 'not found in its backend' };
    case 'job.found':
      return { ...lane, remark: undefined };
    case 'job.stopping':
      return { ...lane, state: 'stopping', remark: stoppingReasons[event.why] };
    case 'job.ended':
      return { ...lane, ...ended(lane, event), until: event.finishedAt };
    case 'job.attempt-failed':
      return { ...lane, state: 'waiting', remark: 'retrying' };
    case 'job.succeeded':
      return { ...lane, state: 'succeeded', remark: undefined };
    case 'job.failed':
      return { ...lane, state: 'failed', until: lane.until ?? at };
    case 'job.stopped':
      return { ...lane, state: 'stopped', until: lane.until ?? at };
    case 'job.send-unknown':
    case 'job.resent':
    case 'job.commit':
    case 'job.cache':
    case 'job.released':
    case 'job.duplicate-terminated':
      return lane;
  }
}

function phasesAfter(
  phases: readonly LanePhase[],
  event: Extract<BuildEvent, { type: 'job.phase' }>,
  at: number,
): readonly LanePhase[] {
  const { phase, image, exitCode } = event;
  if (event.status === 'begin') return [...phases, { phase, image, begunAt: at }];
  const index = phases.findLastIndex((one) => one.phase === phase && one.image === image && one.seconds === undefined);
  return phases.map((one, place) => (place === index ? { ...one, seconds: (at - one.begunAt) / 1000, exitCode } : one));
}

function ended(lane: Lane, event: Extract<BuildEvent, { type: 'job.ended' }>): Partial<Lane> {
  const phases = event.phases.length === 0 ? lane.phases : event.phases.map((span) => lanePhase(span, lane.since ?? 0));
  switch (event.result) {
    case 'succeeded':
      return { phases, state: 'checking' };
    case 'failed':
      return { phases, state: 'failed' };
    case 'stopped':
      return { phases, state: 'stopped' };
  }
}

function lanePhase({ phase, image, startSeconds, seconds, exitCode }: PhaseSpan, since: number): LanePhase {
  return { phase, image, begunAt: since + startSeconds * 1000, seconds, exitCode };
}
