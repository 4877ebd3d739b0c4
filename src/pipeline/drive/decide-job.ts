import { type Attempt, attemptName, type Build, type Job, lastAttempt, type Stopping } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { nextAttemptNumber } from '../../domain/evolve.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Platform } from '../../domain/platform.ts';
import type { JobObservation } from '../../ports/job-backend.ts';
import type { Action } from './action.ts';
import {
  act,
  type DecideContext,
  type DecidePolicy,
  type Decision,
  nothing,
  pollInterval,
  record,
  waitFor,
} from './decision.ts';

/** What to do about one job of a build that is building. Pure. */
export function decideJob(build: Build, job: Job, context: DecideContext): Decision {
  const { platform } = job;
  const attempt = lastAttempt(job);
  switch (job.state) {
    case 'succeeded':
    case 'failed':
    case 'stopped':
      return nothing;
    case 'built':
      return attempt === undefined ? nothing : act({ do: 'read-back', platform, attempt });
    case 'pending':
      return decidePending(build, job, context);
    case 'active':
      if (attempt === undefined) return nothing;
      if (attempt.state === 'ended') return record(afterAttempt(build, job, attempt, context.policy));
      if (attempt.state === 'intended') return settle(build, platform, attempt, context);
      return watch(build, platform, attempt, context);
  }
}

function decidePending(build: Build, job: Job, { now, policy, freeSlots }: DecideContext): Decision {
  const { platform } = job;
  if (stopCause(build, platform) !== undefined) return record({ type: 'job.stopped', platform });
  const number = nextAttemptNumber(job);
  const previous = lastAttempt(job);
  const again = previous !== undefined && number > job.firstAttempt;
  const delay = again ? (previous.finishedAt ?? 0) + policy.retryDelayMilliseconds - now : 0;
  if (delay > 0) return waitFor(delay);
  if (freeSlots <= 0) return waitFor(0);
  return act({
    do: 'submit',
    platform,
    attempt: number,
    name: attemptName(build.id, platform, number),
    again: false,
  });
}

/**
 * When the outcome of a submit is unknown: adopts the job if it is found; submits again once the settle window is over.
 */
function settle(build: Build, platform: Platform, attempt: Attempt, context: DecideContext): Decision {
  const event = { platform, attempt: attempt.number };
  if (!attempt.uncertain) {
    const reason = 'the process that sent it ended before the answer';
    return record({ ...event, type: 'job.send-unknown', reason });
  }
  const named = context.observations.get(attempt.name)?.named;
  const earliest = named?.find((handle) => !attempt.duplicates.includes(handle.id));
  if (earliest !== undefined) {
    return record({ ...event, type: 'job.queued', backendId: earliest.id, adopted: true });
  }
  const patience = Math.max(context.policy.settleMilliseconds, context.policy.retryDelayMilliseconds);
  if (named === undefined || context.now - attempt.sentAt < patience)
    return waitFor(context.policy.intervalMilliseconds);
  const ended = { ...event, type: 'job.ended', finishedAt: context.now, phases: [] } as const;
  if (stopCause(build, platform) !== undefined) return record({ ...ended, result: 'stopped' });
  if (deadlineOf(build, attempt).at < context.now) {
    const failure = neverAccepted(platform, build.timeouts.waitSeconds);
    return record({ ...ended, result: 'failed', failure });
  }
  return act({ do: 'submit', ...event, name: attempt.name, again: true });
}

function watch(build: Build, platform: Platform, attempt: Attempt, context: DecideContext): Decision {
  const { now, policy } = context;
  const seen = context.observations.get(attempt.name)?.job;
  if (seen === undefined) return waitFor(policy.intervalMilliseconds);
  const event = { platform, attempt: attempt.number };
  if (seen === 'gone') {
    if (attempt.missingSince === undefined) return record({ ...event, type: 'job.missing' });
    const isSettled = now - attempt.missingSince >= policy.settleMilliseconds;
    return isSettled ? act({ do: 'end', platform, attempt, job: 'gone' }) : waitFor(policy.intervalMilliseconds);
  }
  if (attempt.missingSince !== undefined) return record({ ...event, type: 'job.found' });
  // A backend that restarts a lost job gives it another key, and its staging tags then end in that key.
  const hasStarted = attempt.state === 'queued' || attempt.jobKey !== seen.jobKey;
  if (hasStarted && seen.startedAt !== undefined && seen.jobKey !== undefined) {
    const started = { startedAt: seen.startedAt, jobKey: seen.jobKey };
    return record({ ...event, type: 'job.started', ...started });
  }
  if (seen.state === 'succeeded' || seen.state === 'failed') return act({ do: 'end', platform, attempt, job: seen });
  if (seen.state === 'queued' && seen.reason !== undefined && seen.reason !== attempt.waitingFor) {
    return record({ ...event, type: 'job.waiting', reason: seen.reason });
  }

  const deadline = deadlineOf(build, attempt, seen);
  const overdue = deadline.at < now ? deadline.why : undefined;
  const why = attempt.stopping?.why ?? stopCause(build, platform) ?? overdue;
  if (why === undefined) return waitFor(Math.min(pollDelay(build, context), deadline.at - now + 1));
  const terminate: Action = { do: 'terminate', backendId: seen.id, reason: stopReasons[why] };
  if (attempt.stopping !== undefined) return act(terminate);
  return act({ do: 'record', event: { ...event, type: 'job.stopping', why } }, terminate);
}

/** Until the next poll of a job that goes on as it should. */
function pollDelay(build: Build, { now, notifiedAt, eventsAvailable, policy }: DecideContext): number {
  return pollInterval(now - Math.max(build.updatedAt, notifiedAt ?? 0), eventsAvailable, policy);
}

function neverAccepted(platform: Platform, waitSeconds: number): Failure {
  return {
    code: 'JobTimedOut',
    message: `the ${platform} job could not be submitted to its backend within ${String(waitSeconds)} s`,
    hint: 'find the response of the backend in the events (twinhull status), fix the cause, then run `twinhull retry`',
    platform,
    infrastructure: false,
  };
}

const stopReasons: Readonly<Record<Stopping['why'], string>> = {
  cancelled: 'the build was cancelled',
  'sibling-failed': 'the other job of the build failed',
  'wait-timeout': 'it did not start within its wait timeout',
  'run-timeout': 'it exceeded its run timeout',
};

function stopCause(build: Build, platform: Platform): 'cancelled' | 'sibling-failed' | undefined {
  if (build.cancelRequestedAt !== undefined) return 'cancelled';
  const failed = build.jobs.some((job) => job.platform !== platform && job.state === 'failed');
  return failed ? 'sibling-failed' : undefined;
}

/**
 * Waiting and running have separate timeouts, so that a long queue never reduces the time to build, even where the
 * backend requeued a job that had already run.
 */
function deadlineOf(
  build: Build,
  attempt: Attempt,
  seen?: JobObservation,
): { readonly why: 'wait-timeout' | 'run-timeout'; readonly at: number } {
  const { waitSeconds, runSeconds } = build.timeouts;
  if (attempt.startedAt === undefined || seen?.state === 'queued') {
    return { why: 'wait-timeout', at: (seen?.queuedSince ?? attempt.intendedAt) + waitSeconds * 1000 };
  }
  return { why: 'run-timeout', at: attempt.startedAt + runSeconds * 1000 };
}

/** What an attempt's end means for its job. A successful one has already moved its job to `built`. */
function afterAttempt(build: Build, job: Job, attempt: Attempt, policy: DecidePolicy): BuildEvent {
  const { platform } = job;
  const { failure } = attempt;
  if (failure === undefined) return { type: 'job.stopped', platform };
  const left = policy.maxAttempts - (attempt.number - job.firstAttempt + 1);
  const mayHelp = failure.infrastructure && failure.retriesSpent !== true;
  const again = mayHelp && left > 0 && stopCause(build, platform) === undefined;
  return again ? { type: 'job.attempt-failed', platform, failure } : { type: 'job.failed', platform, failure };
}
