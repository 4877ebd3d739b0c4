import {
  type Attempt,
  attemptName,
  type Build,
  isEnded,
  type Job,
  lastAttempt,
  type Stopping,
} from '../domain/build.ts';
import type { BuildEvent } from '../domain/build-event.ts';
import { nextAttemptNumber } from '../domain/evolve.ts';
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/platform.ts';
import type { JobHandle, JobObservation } from '../ports/job-backend.ts';

/** What was seen of an attempt in this pass. A field that is absent means no news, never bad news. */
export interface AttemptNews {
  /** What the backend says of its id; `gone` when the backend answered and does not know it. */
  readonly job?: JobObservation | 'gone';
  /** Every job of its name, earliest first. Looked up only while a send's outcome is uncertain. */
  readonly named?: readonly JobHandle[];
}

export interface DecidePolicy {
  /** How many attempts a job gets when the cause is not the build's own fault. */
  readonly maxAttempts: number;
  /** How long to wait before such a new attempt, in milliseconds. */
  readonly retryDelayMilliseconds: number;
  /** How long a job may be missing from the backend's answers, in milliseconds. */
  readonly settleMilliseconds: number;
}

export interface DecideContext {
  /** By attempt name. */
  readonly news: ReadonlyMap<string, AttemptNews>;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly policy: DecidePolicy;
  /** How many jobs this build may submit now. */
  readonly freeSlots: number;
}

/** What to do next. Every action may be done twice without harm. */
export type Action =
  | { readonly do: 'record'; readonly event: BuildEvent }
  /** Record the intent, then send; `again` when an earlier send of the same name came to nothing. */
  | {
      readonly do: 'submit';
      readonly platform: Platform;
      readonly attempt: number;
      readonly name: string;
      readonly again: boolean;
    }
  | { readonly do: 'terminate'; readonly backendId: string; readonly reason: string }
  | {
      readonly do: 'terminate-duplicate';
      readonly platform: Platform;
      readonly attempt: number;
      readonly backendId: string;
    }
  /** Collect the rest of the log and record how the attempt ended. */
  | {
      readonly do: 'end';
      readonly platform: Platform;
      readonly attempt: Attempt;
      readonly job: JobObservation | 'gone';
    }
  | { readonly do: 'release'; readonly platform: Platform; readonly attempt: number; readonly backendId: string }
  /** Read the images of a built job back from the registry. */
  | { readonly do: 'read-back'; readonly platform: Platform; readonly attempt: Attempt }
  | { readonly do: 'publish' }
  /** Put tags back after a refusal for good, then end the build. */
  | { readonly do: 'revert'; readonly failure: Failure };

/** The heart of Twinhull: what to do about a build, given what was seen. Pure. */
export function decide(build: Build, context: DecideContext): readonly Action[] {
  const housekeeping = build.jobs.flatMap((job) => job.attempts.flatMap((attempt) => tidyUp(job, attempt, context)));
  if (isEnded(build)) return housekeeping;
  if (build.state === 'publishing') {
    const { failure } = build;
    return [...housekeeping, failure === undefined ? { do: 'publish' } : { do: 'revert', failure }];
  }

  const end = outcome(build);
  if (end !== undefined) return [{ do: 'record', event: end }];

  let slots = context.freeSlots;
  const progress = build.jobs.flatMap((job) => {
    const actions = decideJob(build, job, { ...context, freeSlots: slots });
    slots -= actions.filter((action) => action.do === 'submit' && !action.again).length;
    return actions;
  });
  return [...progress, ...housekeeping];
}

/** How the build ends or goes on, once every job has ended. */
function outcome(build: Build): BuildEvent | undefined {
  if (!build.jobs.every((job) => job.state === 'succeeded' || job.state === 'failed' || job.state === 'stopped')) {
    return undefined;
  }
  if (build.cancelRequestedAt !== undefined) return { type: 'build.cancelled' };
  const failure = build.jobs.find((job) => job.state === 'failed')?.failure;
  if (failure !== undefined) return { type: 'build.failed', failure };
  return { type: 'publish.started' };
}

function decideJob(build: Build, job: Job, context: DecideContext): readonly Action[] {
  const { platform } = job;
  const attempt = lastAttempt(job);
  switch (job.state) {
    case 'succeeded':
    case 'failed':
    case 'stopped':
      return [];
    case 'built':
      return attempt === undefined ? [] : [{ do: 'read-back', platform, attempt }];
    case 'pending':
      return decidePending(build, job, context);
    case 'active':
      if (attempt === undefined) return [];
      if (attempt.state === 'ended')
        return [{ do: 'record', event: afterAttempt(build, job, attempt, context.policy) }];
      if (attempt.state === 'intended') return settle(build, platform, attempt, context);
      return watch(build, platform, attempt, context);
  }
}

function decidePending(build: Build, job: Job, { now, policy, freeSlots }: DecideContext): readonly Action[] {
  const { platform } = job;
  if (stopCause(build, platform) !== undefined) return [{ do: 'record', event: { type: 'job.stopped', platform } }];
  const number = nextAttemptNumber(job);
  const previous = lastAttempt(job);
  const again = previous !== undefined && number > job.firstAttempt;
  if (again && now - (previous.finishedAt ?? 0) < policy.retryDelayMilliseconds) return [];
  if (freeSlots <= 0) return [];
  return [{ do: 'submit', platform, attempt: number, name: attemptName(build.id, platform, number), again: false }];
}

/** A send whose outcome is not known: adopt the job when it is found; when the settle window is over, send again. */
function settle(build: Build, platform: Platform, attempt: Attempt, context: DecideContext): readonly Action[] {
  const event = { platform, attempt: attempt.number };
  if (!attempt.uncertain) {
    const reason = 'the process that sent it ended before the answer';
    return [{ do: 'record', event: { ...event, type: 'job.send-unknown', reason } }];
  }
  const named = context.news.get(attempt.name)?.named;
  const earliest = named?.find((handle) => !attempt.duplicates.includes(handle.id));
  if (earliest !== undefined) {
    return [{ do: 'record', event: { ...event, type: 'job.queued', backendId: earliest.id, adopted: true } }];
  }
  const patience = Math.max(context.policy.settleMilliseconds, context.policy.retryDelayMilliseconds);
  if (named === undefined || context.now - attempt.sentAt < patience) return [];
  const ended = { ...event, type: 'job.ended', finishedAt: context.now, phases: [] } as const;
  if (stopCause(build, platform) !== undefined) return [{ do: 'record', event: { ...ended, result: 'stopped' } }];
  if (overdue(build, attempt, context.now) !== undefined) {
    const failure = neverAccepted(platform, build.timeouts.waitSeconds);
    return [{ do: 'record', event: { ...ended, result: 'failed', failure } }];
  }
  return [{ do: 'submit', ...event, name: attempt.name, again: true }];
}

function watch(build: Build, platform: Platform, attempt: Attempt, context: DecideContext): readonly Action[] {
  const seen = context.news.get(attempt.name)?.job;
  if (seen === undefined) return [];
  const event = { platform, attempt: attempt.number };
  if (seen === 'gone') {
    if (attempt.missingSince === undefined) return [{ do: 'record', event: { ...event, type: 'job.missing' } }];
    const patience = context.policy.settleMilliseconds;
    return context.now - attempt.missingSince < patience ? [] : [{ do: 'end', platform, attempt, job: 'gone' }];
  }
  if (attempt.missingSince !== undefined) return [{ do: 'record', event: { ...event, type: 'job.found' } }];
  // A backend that starts a lost job anew gives it another key, and that is what its staging tags then end in.
  const isNews = attempt.state === 'queued' || attempt.jobKey !== seen.jobKey;
  if (isNews && seen.startedAt !== undefined && seen.jobKey !== undefined) {
    const started = { startedAt: seen.startedAt, jobKey: seen.jobKey };
    return [{ do: 'record', event: { ...event, type: 'job.started', ...started } }];
  }
  if (seen.state === 'succeeded' || seen.state === 'failed') return [{ do: 'end', platform, attempt, job: seen }];
  if (seen.state === 'queued' && seen.reason !== undefined && seen.reason !== attempt.waitingFor) {
    return [{ do: 'record', event: { ...event, type: 'job.waiting', reason: seen.reason } }];
  }

  const why = attempt.stopping?.why ?? stopCause(build, platform) ?? overdue(build, attempt, context.now, seen);
  if (why === undefined) return [];
  const stopping: Action[] =
    attempt.stopping === undefined ? [{ do: 'record', event: { ...event, type: 'job.stopping', why } }] : [];
  return [...stopping, { do: 'terminate', backendId: seen.id, reason: stopReasons[why] }];
}

function neverAccepted(platform: Platform, waitSeconds: number): Failure {
  return {
    code: 'JobTimedOut',
    message: `the ${platform} job could not be handed to its backend within ${String(waitSeconds)} s`,
    hint: 'see in the events what the backend answered (twinhull status), mend it, then `twinhull retry`',
    platform,
    infrastructure: false,
  };
}

const stopReasons: Readonly<Record<Stopping['why'], string>> = {
  cancelled: 'the build was cancelled',
  'sibling-failed': 'the other half of the build failed',
  'wait-timeout': 'it waited too long to start',
  'run-timeout': 'it ran too long',
};

function stopCause(build: Build, platform: Platform): 'cancelled' | 'sibling-failed' | undefined {
  if (build.cancelRequestedAt !== undefined) return 'cancelled';
  const failed = build.jobs.some((job) => job.platform !== platform && job.state === 'failed');
  return failed ? 'sibling-failed' : undefined;
}

/**
 * Waiting and running are timed by clocks of their own, so that a long queue never eats into the time to build: also
 * where the backend put a job back into its queue after the job had run.
 */
function overdue(
  build: Build,
  attempt: Attempt,
  now: number,
  seen?: JobObservation,
): 'wait-timeout' | 'run-timeout' | undefined {
  const { waitSeconds, runSeconds } = build.timeouts;
  if (attempt.startedAt === undefined || seen?.state === 'queued') {
    return now - (seen?.queuedSince ?? attempt.intendedAt) > waitSeconds * 1000 ? 'wait-timeout' : undefined;
  }
  return now - attempt.startedAt > runSeconds * 1000 ? 'run-timeout' : undefined;
}

/** What an attempt's end means for its job. One that succeeded has already moved its job to `built`. */
function afterAttempt(build: Build, job: Job, attempt: Attempt, policy: DecidePolicy): BuildEvent {
  const { platform } = job;
  const { failure } = attempt;
  if (failure === undefined) return { type: 'job.stopped', platform };
  const left = policy.maxAttempts - (attempt.number - job.firstAttempt + 1);
  const mayHelp = failure.infrastructure && failure.retriesSpent !== true;
  const again = mayHelp && left > 0 && stopCause(build, platform) === undefined;
  return again ? { type: 'job.attempt-failed', platform, failure } : { type: 'job.failed', platform, failure };
}

/** What remains to be done about an attempt that has ended, whatever became of its build. */
function tidyUp(job: Job, attempt: Attempt, { news, now, policy }: DecideContext): readonly Action[] {
  if (attempt.released) return [];
  const { platform } = job;
  const at = { platform, attempt: attempt.number };
  if (attempt.uncertain && (attempt.backendId !== undefined || attempt.state === 'ended')) {
    const named = news.get(attempt.name)?.named;
    const others = named?.filter(
      (handle) => handle.id !== attempt.backendId && !attempt.duplicates.includes(handle.id),
    );
    if (others !== undefined && others.length > 0) {
      return others.map((handle) => ({ do: 'terminate-duplicate', ...at, backendId: handle.id }));
    }
    const settled = others !== undefined && now - attempt.sentAt >= policy.settleMilliseconds;
    if (!settled) return [];
  }
  if (attempt.state !== 'ended') return [];
  if (attempt.backendId === undefined) return [{ do: 'record', event: { type: 'job.released', ...at } }];
  return [{ do: 'release', ...at, backendId: attempt.backendId }];
}
