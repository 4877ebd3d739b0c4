import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryBuild } from '../../../test/helpers/arbitrary-builds.ts';
import { sampleBuild, samplePlan } from '../../../test/helpers/sample-builds.ts';
import { patientTimeout, soakRuns } from '../../../test/helpers/soak.ts';
import { type Attempt, type Build, isCancellable, isEnded, lastAttempt } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { evolve } from '../../domain/evolve.ts';
import type { JobHandle } from '../../ports/job-backend.ts';
import { type Action, effectKey } from './action.ts';
import { decide } from './decide.ts';
import type { AttemptObservation, DecideContext } from './decision.ts';

/** Random numbers from which observations and results of actions are drawn, good or bad, possible or not. */
type Dice = (sides: number) => number;

const policy = {
  maxAttempts: 3,
  retryDelayMilliseconds: 2000,
  settleMilliseconds: 60_000,
  intervalMilliseconds: 1000,
  quietIntervalMilliseconds: 10_000,
};
const calm = { eventsAvailable: false };
const someFailure = (infrastructure: boolean) =>
  ({ code: 'JobFailed', message: 'failed', hint: 'mend it', infrastructure }) as const;

function observationsOf(build: Build, now: number, dice: Dice): ReadonlyMap<string, AttemptObservation> {
  const attempts = build.jobs.flatMap((job) => job.attempts);
  return new Map(
    attempts.filter(() => dice(4) > 0).map((attempt) => [attempt.name, observationOf(attempt, now, dice)]),
  );
}

function observationOf(attempt: Attempt, now: number, dice: Dice): AttemptObservation {
  const { name } = attempt;
  const handles: JobHandle[] = ['a', 'b', 'c']
    .slice(0, dice(4))
    .map((id) => ({ id: `${name}-${id}`, name, createdAt: now }));
  const named = dice(2) === 0 ? { named: handles } : {};
  if (attempt.backendId === undefined || dice(4) === 0) return named;
  if (dice(8) === 0) return { ...named, job: 'gone' };
  const state = (['queued', 'running', 'succeeded', 'failed'] as const)[dice(4)] ?? 'queued';
  const begun = state === 'queued' ? {} : { startedAt: now, jobKey: `${attempt.backendId}-${String(dice(2))}` };
  return { ...named, job: { id: attempt.backendId, name, createdAt: now, state, jobKey: undefined, ...begun } };
}

/** The events that an action leads to; none if its answer is lost or the driver dies first. */
function consequence(action: Action, now: number, dice: Dice): readonly BuildEvent[] {
  if (action.do === 'record') return dice(16) === 0 ? [] : [action.event];
  if (dice(8) === 0) return [];
  switch (action.do) {
    case 'submit': {
      const at = { platform: action.platform, attempt: action.attempt };
      const intent: BuildEvent = action.again
        ? { type: 'job.resent', ...at }
        : { type: 'job.intended', ...at, name: action.name };
      const answers: readonly (readonly BuildEvent[])[] = [
        [{ type: 'job.queued', ...at, backendId: `${action.name}-a`, adopted: false }],
        [{ type: 'job.send-unknown', ...at, reason: 'lost' }],
        [{ type: 'job.ended', ...at, result: 'failed', finishedAt: now, phases: [], failure: someFailure(true) }],
        [],
      ];
      return [intent, ...(answers[dice(4)] ?? [])];
    }
    case 'end': {
      const at = { platform: action.platform, attempt: action.attempt.number, finishedAt: now, phases: [] };
      if (action.job !== 'gone' && action.job.state === 'succeeded')
        return [{ type: 'job.ended', ...at, result: 'succeeded' }];
      const stopped = action.attempt.stopping?.why === 'cancelled' || action.attempt.stopping?.why === 'sibling-failed';
      if (stopped) return [{ type: 'job.ended', ...at, result: 'stopped' }];
      return [{ type: 'job.ended', ...at, result: 'failed', failure: someFailure(dice(2) === 0) }];
    }
    case 'release':
      return [{ type: 'job.released', platform: action.platform, attempt: action.attempt }];
    case 'terminate-duplicate':
      return [
        {
          type: 'job.duplicate-terminated',
          platform: action.platform,
          attempt: action.attempt,
          backendId: action.backendId,
        },
      ];
    case 'read-back':
      if (dice(6) === 0) return [{ type: 'job.failed', platform: action.platform, failure: someFailure(false) }];
      return [{ type: 'job.succeeded', platform: action.platform, images: [] }];
    case 'publish':
      return dice(4) === 0 ? [{ type: 'publish.refused', failure: someFailure(true) }] : [{ type: 'build.published' }];
    case 'revert':
      return [{ type: 'build.failed', failure: action.failure }];
    case 'terminate':
      return [];
  }
}

/** Actions that `decide` must never return, whatever was observed. */
function expectSound(build: Build, actions: readonly Action[], context: DecideContext): void {
  const submits = actions.filter((action) => action.do === 'submit');
  expect(submits.filter(({ again }) => !again).length).toBeLessThanOrEqual(context.freeSlots);
  for (const submit of submits) {
    const job = build.jobs.find(({ platform }) => platform === submit.platform);
    const last = job && lastAttempt(job);
    expect(build.cancelRequestedAt).toBeUndefined();
    expect(build.jobs.some(({ platform, state }) => platform !== submit.platform && state === 'failed')).toBe(false);
    if (submit.again)
      expect(context.now - (last?.sentAt ?? 0)).toBeGreaterThanOrEqual(context.policy.settleMilliseconds);
    else expect(submit.attempt - (job?.firstAttempt ?? 0)).toBeLessThan(context.policy.maxAttempts);
  }
  const publishes = actions.some(
    (action) => action.do === 'publish' || (action.do === 'record' && action.event.type === 'publish.started'),
  );
  if (publishes) {
    expect(build.jobs.map(({ state }) => state)).toEqual(build.jobs.map(() => 'succeeded'));
    if (build.state === 'building') expect(build.cancelRequestedAt).toBeUndefined();
    else expect(build.failure).toBeUndefined();
  }
  const attempts = build.jobs.flatMap((job) => job.attempts.map((attempt) => ({ ...attempt, platform: job.platform })));
  for (const action of actions) {
    if (action.do === 'terminate-duplicate') {
      expect(attempts.map(({ backendId }) => backendId)).not.toContain(action.backendId);
    }
    if (action.do === 'release') {
      const { state } = attempts.find(({ backendId }) => backendId === action.backendId) ?? {};
      expect(state).toBe('ended');
    }
  }
  if (build.state === 'waiting') {
    expect(submits).toEqual([]);
    const starts = actions.some((action) => action.do === 'record' && action.event.type === 'build.started');
    if (starts) expect([context.behind, build.cancelRequestedAt]).toEqual([null, undefined]);
  }
  if (isEnded(build)) {
    for (const action of actions) expect(['release', 'terminate-duplicate', 'record']).toContain(action.do);
  }
}

/** Whatever was observed, a build with something left to do is decided about again. */
function expectTimely(build: Build, requeueAfter: number): void {
  expect(requeueAfter).toBeGreaterThanOrEqual(0);
  if (!isSettled(build)) expect(requeueAfter).toBeLessThanOrEqual(30_000);
}

function isSettled(build: Build): boolean {
  return isEnded(build) && build.jobs.every((job) => job.attempts.every(({ released }) => released));
}

describe('decide', { timeout: patientTimeout }, () => {
  it('handles any stored state, and is deterministic', () => {
    fc.assert(
      fc.property(arbitraryBuild, fc.infiniteStream(fc.nat()), fc.nat({ max: 4 }), (build, numbers, freeSlots) => {
        const observations = observationsOf(build, build.updatedAt, diceFrom(numbers));
        const behind = [undefined, null, 'other'][freeSlots % 3];
        const context = {
          observations,
          now: build.updatedAt,
          policy,
          freeSlots,
          behind,
          ...calm,
          heldUntil: new Map(),
        };
        expect(decide(build, context)).toEqual(decide(build, context));
      }),
      soakRuns(1000),
    );
  });

  it('requests no unsound action in any history, and ends once the environment recovers', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), fc.option(fc.nat({ max: 40 })), (numbers, cancelAt) => {
        const dice = diceFrom(numbers);
        let build = sampleBuild(samplePlan({ timeouts: { waitSeconds: 900, runSeconds: 900 } }));
        let now = build.createdAt;
        const heldUntil = new Map<string, number>();
        if (dice(2) === 0)
          build = evolve(build, { type: 'build.waiting', behind: 'other', whenBusy: 'queue-newest' }, now);
        const pass = (luck: Dice): void => {
          const behind = luck(4) === 0 ? undefined : luck(6) < 3 ? 'other' : null;
          const observations = observationsOf(build, now, luck);
          const context = { observations, now, policy, freeSlots: luck(3), behind, ...calm, heldUntil };
          const { actions, requeueAfter } = decide(build, context);
          expectTimely(build, requeueAfter);
          for (const action of actions) expect(heldUntil.get(effectKey(action) ?? '') ?? 0).toBeLessThanOrEqual(now);
          expectSound(build, actions, context);
          for (const action of actions) {
            const events = consequence(action, now, luck);
            const effect = effectKey(action);
            if (events.length === 0 && effect !== undefined) heldUntil.set(effect, now + luck(30) * 1_000);
            for (const event of events) build = evolve(build, event, now);
          }
        };
        for (let step = 0; step < 40; step++) {
          now += dice(3) === 0 ? 70_000 : 1_000;
          if (step === cancelAt && isCancellable(build)) {
            const supersededBy = build.state === 'building' && dice(2) === 0 ? 'newer' : undefined;
            build = evolve(build, { type: 'build.cancel-requested', supersededBy }, now);
          }
          pass(dice);
        }
        // From here on every die shows its last side: everything is observed, answered, and succeeds.
        for (let step = 0; step < 400 && !isSettled(build); step++) {
          now += 70_000;
          pass(wellBehaved(dice));
        }
        expect(isSettled(build)).toBe(true);
      }),
      soakRuns(1000),
    );
  });
});

function diceFrom(numbers: { next(): IteratorResult<number> }): Dice {
  return (sides) => Number(numbers.next().value) % sides;
}

/** Still random, but never zero: no call is lost any more, and jobs end. */
function wellBehaved(dice: Dice): Dice {
  return (sides) => (sides >= 6 ? sides - 1 : sides === 4 ? 1 + (dice(3) % 3) : dice(sides));
}
