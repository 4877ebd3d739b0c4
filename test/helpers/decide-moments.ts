import { attemptName, type Build } from '../../src/domain/build.ts';
import type { BuildEvent } from '../../src/domain/build-event.ts';
import { evolveAll } from '../../src/domain/evolve.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { Platform } from '../../src/domain/platform.ts';
import type { Action } from '../../src/pipeline/drive/action.ts';
import { decide } from '../../src/pipeline/drive/decide.ts';
import type { AttemptObservation, DecidePolicy, Decision } from '../../src/pipeline/drive/decision.ts';
import type { JobObservation } from '../../src/ports/job-backend.ts';
import { sampleBuild, samplePlan } from './sample-builds.ts';

/** Short names for histories of a build, observations of its jobs, and decisions. */

export const start = Date.UTC(2026, 0, 1);
export const second = 1000;
export const policy: DecidePolicy = {
  maxAttempts: 3,
  retryDelayMilliseconds: 2000,
  settleMilliseconds: 60_000,
  intervalMilliseconds: 1000,
  quietIntervalMilliseconds: 10_000,
  intervalWithEventsMilliseconds: 60_000,
};
export const timeouts = { waitSeconds: 3600, runSeconds: 7200 };
export const fresh = sampleBuild(samplePlan({ timeouts }), { createdAt: start });

export const nameOf = (platform: Platform, attempt = 1): string => attemptName(fresh.id, platform, attempt);

/** The build after events, all of them at its start. */
export function after(...events: readonly BuildEvent[]): Build {
  return evolveAll(fresh, events, start);
}

export interface Moment {
  readonly seconds?: number;
  readonly observations?: Readonly<Record<string, AttemptObservation>>;
  readonly freeSlots?: number;
  readonly behind?: string | null;
  readonly policy?: Partial<DecidePolicy>;
  readonly eventsAvailable?: boolean;
  /** Seconds since the start, like `seconds`. */
  readonly notifiedAt?: number;
  /** Seconds since the start, by effect. */
  readonly heldUntil?: Readonly<Record<string, number>>;
}

export function decided(build: Build, moment: Moment = {}): readonly Action[] {
  return decisionOf(build, moment).actions;
}

export function decisionOf(
  build: Build,
  { seconds = 0, observations = {}, freeSlots = 9, eventsAvailable = false, heldUntil = {}, ...rest }: Moment = {},
): Decision {
  return decide(build, {
    observations: new Map(Object.entries(observations)),
    now: start + seconds * second,
    policy: { ...policy, ...rest.policy },
    freeSlots,
    behind: rest.behind,
    eventsAvailable,
    notifiedAt: rest.notifiedAt === undefined ? undefined : start + rest.notifiedAt * second,
    heldUntil: new Map(Object.entries(heldUntil).map(([effect, at]) => [effect, start + at * second])),
  });
}

export const intended = (platform: Platform, attempt = 1): BuildEvent => ({
  type: 'job.intended',
  platform,
  attempt,
  name: nameOf(platform, attempt),
});
export const unknown = (platform: Platform, attempt = 1): BuildEvent => ({
  type: 'job.send-unknown',
  platform,
  attempt,
  reason: 'lost',
});
export const queued = (platform: Platform, attempt = 1): BuildEvent => ({
  type: 'job.queued',
  platform,
  attempt,
  backendId: idOf(platform, attempt),
  adopted: false,
});
export const started = (platform: Platform, attempt = 1): BuildEvent => ({
  type: 'job.started',
  platform,
  attempt,
  startedAt: start,
  jobKey: `key-${idOf(platform, attempt)}`,
});
export const running = (platform: Platform, attempt = 1): BuildEvent[] => [
  intended(platform, attempt),
  queued(platform, attempt),
  started(platform, attempt),
];
export const released = (platform: Platform, attempt = 1): BuildEvent => ({ type: 'job.released', platform, attempt });
export const succeeded = (platform: Platform): BuildEvent[] => [
  ...running(platform),
  ended(platform, 'succeeded'),
  released(platform),
  { type: 'job.succeeded', platform, images: [] },
];
export const cancel: BuildEvent = { type: 'build.cancel-requested' };

export function ended(
  platform: Platform,
  result: 'succeeded' | 'failed' | 'stopped',
  failure?: Failure,
  attempt = 1,
): BuildEvent {
  return { type: 'job.ended', platform, attempt, result, finishedAt: start, phases: [], ...(failure && { failure }) };
}

export function idOf(platform: Platform, attempt = 1): string {
  return `${platform}-${String(attempt)}`;
}

export function seen(
  platform: Platform,
  change: Partial<JobObservation> = {},
  attempt = 1,
): Record<string, AttemptObservation> {
  const id = idOf(platform, attempt);
  const base = {
    id,
    name: nameOf(platform, attempt),
    createdAt: start,
    state: 'running',
    startedAt: start,
    jobKey: `key-${id}`,
  } as const;
  return { [nameOf(platform, attempt)]: { job: { ...base, ...change } } };
}

export function named(platform: Platform, ...ids: readonly string[]): Record<string, AttemptObservation> {
  const name = nameOf(platform);
  return { [name]: { named: ids.map((id, index) => ({ id, name, createdAt: start + index })) } };
}

export const broken: Failure = { code: 'JobFailed', message: 'a step failed', hint: 'mend it', infrastructure: false };
export const lost: Failure = { code: 'JobLost', message: 'the host went away', hint: 'retry', infrastructure: true };
export const failed = (platform: Platform, failure = broken): BuildEvent[] => [
  ...running(platform),
  ended(platform, 'failed', failure),
  released(platform),
  { type: 'job.failed', platform, failure },
];

export const submitOf = (platform: Platform, attempt = 1, again = false): Action => ({
  do: 'submit',
  platform,
  attempt,
  name: nameOf(platform, attempt),
  again,
});
export const record = (event: BuildEvent): Action => ({ do: 'record', event });
