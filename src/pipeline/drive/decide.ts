import { findBaseDifference } from '../../domain/base-difference.ts';
import { type Attempt, type Build, isEnded } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { errorCatalogue } from '../../domain/errors/catalogue.ts';
import { nextAttemptNumber } from '../../domain/evolve.ts';
import type { Failure } from '../../domain/failure.ts';
import { failureReasons } from '../../domain/phase.ts';
import type { Platform } from '../../domain/platform.ts';
import { describeSharedLayers, findSharedLayers } from '../../domain/shared-layers.ts';
import { decideJob } from './decide-job.ts';
import {
  act,
  applyHolds,
  combine,
  type DecideContext,
  type DecidePolicy,
  type Decision,
  mayTurnUp,
  nothing,
  record,
  waitFor,
} from './decision.ts';

/** The core of Twinhull: what to do about a build, given what was observed, and when to decide again. Pure. */
export function decide(build: Build, context: DecideContext): Decision {
  return applyHolds(progressOf(build, context), context);
}

function progressOf(build: Build, context: DecideContext): Decision {
  const housekeeping = combine(
    build.jobs.flatMap((job) => job.attempts.map((attempt) => tidyUp(job.platform, attempt, context))),
  );
  if (isEnded(build)) return housekeeping;
  if (build.state === 'waiting') return combine([decideWaiting(build, context), housekeeping]);
  if (build.state === 'publishing') {
    const { failure } = build;
    return combine([housekeeping, act(failure === undefined ? { do: 'publish' } : { do: 'revert', failure })]);
  }

  const end = outcome(build, context.policy);
  if (end !== undefined) return record(end);

  let slots = context.freeSlots;
  const progress = build.jobs.map((job) => {
    const decision = decideJob(build, job, { ...context, freeSlots: slots });
    slots -= decision.actions.filter((action) => action.do === 'submit' && !action.again).length;
    return decision;
  });
  return combine([...progress, housekeeping]);
}

/** Whether the tags are free is checked again when the start is recorded. */
function decideWaiting({ queue, cancelRequestedAt }: Build, { behind }: DecideContext): Decision {
  if (cancelRequestedAt !== undefined) return record({ type: 'build.cancelled' });
  if (behind === undefined || queue === undefined || behind === queue.behind) return waitFor(0);
  if (behind === null) return record({ type: 'build.started' });
  return record({ type: 'build.waiting', behind, whenBusy: queue.whenBusy });
}

/** How the build ends or continues, once every job has ended. */
function outcome(build: Build, policy: DecidePolicy): BuildEvent | undefined {
  if (!build.jobs.every((job) => job.state === 'succeeded' || job.state === 'failed' || job.state === 'stopped')) {
    return undefined;
  }
  const { supersededBy } = build;
  if (build.cancelRequestedAt !== undefined)
    return supersededBy === undefined ? { type: 'build.cancelled' } : { type: 'build.superseded', supersededBy };
  const failure = build.jobs.find((job) => job.state === 'failed')?.failure;
  if (failure !== undefined) return { type: 'build.failed', failure };
  return afterDifference(build, policy) ?? refusal(build) ?? { type: 'publish.started' };
}

/** Refuses an image whose halves are the same files, unless these are known to contain no programs. */
function refusal(build: Build): BuildEvent | undefined {
  const shared = findSharedLayers(build);
  if (shared === undefined) return undefined;
  const failure: Failure = {
    code: 'VerifyFailed',
    reason: 'wrong-platform',
    message: describeSharedLayers(shared),
    hint: failureReasons['wrong-platform'].hint,
    image: shared.image,
    infrastructure: false,
  };
  return { type: 'build.failed', failure };
}

/**
 * If two halves used two versions of a base, the half that resolved it first is rebuilt, as often as any half may be.
 */
function afterDifference(build: Build, policy: DecidePolicy): BuildEvent | undefined {
  const difference = findBaseDifference(build);
  if (difference === undefined) return undefined;
  const { image, reference, older: platform, digests } = difference;
  const which = digests.map(([of, digest]) => `${digest ?? 'one that only the engine has'} for ${of}`).join(', ');
  const failure: Failure = {
    code: 'BasesDiffer',
    message: `image ${image} was built from two versions of ${reference}: ${which}`,
    hint: errorCatalogue.BasesDiffer.hint,
    platform,
    image,
    infrastructure: true,
  };
  const job = build.jobs.find((candidate) => candidate.platform === platform);
  const isLast = job === undefined || nextAttemptNumber(job) - job.firstAttempt >= policy.maxAttempts;
  return { type: isLast ? 'job.failed' : 'job.attempt-failed', platform, failure };
}

/** What remains to be done about an attempt apart from its progress, in any state of its build. Pure. */
function tidyUp(platform: Platform, attempt: Attempt, context: DecideContext): Decision {
  const { observations, now, policy } = context;
  if (attempt.released) return nothing;
  const at = { platform, attempt: attempt.number };
  const lookUp = mayTurnUp(attempt, now, policy.settleMilliseconds) ? waitFor(policy.intervalMilliseconds) : nothing;
  if (attempt.uncertain && (attempt.backendId !== undefined || attempt.state === 'ended')) {
    const named = observations.get(attempt.name)?.named;
    const others = named?.filter(
      (handle) => handle.id !== attempt.backendId && !attempt.duplicates.includes(handle.id),
    );
    if (others !== undefined && others.length > 0) {
      const terminated = others.map((handle) => act({ do: 'terminate-duplicate', ...at, backendId: handle.id }));
      return combine([lookUp, ...terminated]);
    }
    const settled = others !== undefined && now - attempt.sentAt >= policy.settleMilliseconds;
    if (!settled) return lookUp;
  }
  if (attempt.state !== 'ended') return lookUp;
  if (attempt.backendId === undefined) return record({ type: 'job.released', ...at });
  return act({ do: 'release', ...at, backendId: attempt.backendId });
}
