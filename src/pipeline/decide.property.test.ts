import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryBuild } from '../../test/helpers/arbitrary-builds.ts';
import { sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import { patientTimeout, soakRuns } from '../../test/helpers/soak.ts';
import { type Attempt, type Build, isEnded, lastAttempt } from '../domain/build.ts';
import type { BuildEvent } from '../domain/build-event.ts';
import { evolve } from '../domain/evolve.ts';
import type { JobHandle } from '../ports/job-backend.ts';
import { type Action, type AttemptNews, type DecideContext, decide } from './decide.ts';

/** Dice: what is seen and what comes of an action is drawn from it, good or bad, possible or not. */
type Dice = (sides: number) => number;

const policy = { maxAttempts: 3, retryDelayMilliseconds: 2000, settleMilliseconds: 60_000 };
const someFailure = (infrastructure: boolean) =>
  ({ code: 'JobFailed', message: 'failed', hint: 'mend it', infrastructure }) as const;

function newsOf(build: Build, now: number, dice: Dice): ReadonlyMap<string, AttemptNews> {
  const attempts = build.jobs.flatMap((job) => job.attempts);
  return new Map(
    attempts.filter(() => dice(4) > 0).map((attempt) => [attempt.name, newsOfAttempt(attempt, now, dice)]),
  );
}

function newsOfAttempt(attempt: Attempt, now: number, dice: Dice): AttemptNews {
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

/** What an action leads to if it is carried out; nothing where its answer is lost, or the driver dies before. */
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

/** What must never be asked for, whatever was seen. */
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
  if (isEnded(build)) {
    for (const action of actions) expect(['release', 'terminate-duplicate', 'record']).toContain(action.do);
  }
}

describe('decide', { timeout: patientTimeout }, () => {
  it('answers whatever is in the store, and the same each time', () => {
    fc.assert(
      fc.property(arbitraryBuild, fc.infiniteStream(fc.nat()), fc.nat({ max: 4 }), (build, numbers, freeSlots) => {
        const news = newsOf(build, build.updatedAt, diceFrom(numbers));
        const context = { news, now: build.updatedAt, policy, freeSlots };
        expect(decide(build, context)).toEqual(decide(build, context));
      }),
      soakRuns(1000),
    );
  });

  it('asks for nothing unsound in any history, and ends once the world behaves', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), fc.option(fc.nat({ max: 40 })), (numbers, cancelAt) => {
        const dice = diceFrom(numbers);
        let build = sampleBuild(samplePlan({ timeouts: { waitSeconds: 900, runSeconds: 900 } }));
        let now = build.createdAt;
        const pass = (luck: Dice): void => {
          const context = { news: newsOf(build, now, luck), now, policy, freeSlots: luck(3) };
          const actions = decide(build, context);
          expectSound(build, actions, context);
          for (const event of actions.flatMap((action) => consequence(action, now, luck)))
            build = evolve(build, event, now);
        };
        for (let step = 0; step < 40; step++) {
          now += dice(3) === 0 ? 70_000 : 1_000;
          if (step === cancelAt && build.state === 'building')
            build = evolve(build, { type: 'build.cancel-requested' }, now);
          pass(dice);
        }
        // From here on the last side of each die comes up: everything is seen, answered, and goes well.
        for (
          let step = 0;
          step < 400 && !(isEnded(build) && build.jobs.every((job) => job.attempts.every(({ released }) => released)));
          step++
        ) {
          now += 70_000;
          pass(wellBehaved(dice));
        }
        expect(isEnded(build)).toBe(true);
        expect(build.jobs.every((job) => job.attempts.every(({ released }) => released))).toBe(true);
      }),
      soakRuns(1000),
    );
  });
});

function diceFrom(numbers: { next(): IteratorResult<number> }): Dice {
  return (sides) => Number(numbers.next().value) % sides;
}

/** Still random, but never nothing: no call is lost any more, and jobs end. */
function wellBehaved(dice: Dice): Dice {
  return (sides) => (sides >= 6 ? sides - 1 : sides === 4 ? 1 + (dice(3) % 3) : dice(sides));
}
