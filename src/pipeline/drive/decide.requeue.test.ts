import { describe, expect, it } from 'vitest';
import {
  after,
  cancel,
  decisionOf,
  ended,
  fresh,
  intended,
  lost,
  type Moment,
  named,
  nameOf,
  queued,
  released,
  running,
  second,
  seen,
  start,
  succeeded,
  unknown,
} from '../../../test/helpers/decide-moments.ts';
import { amd64, arm64 } from '../../../test/helpers/sample-builds.ts';
import type { Build } from '../../domain/build.ts';
import { evolveAll } from '../../domain/evolve.ts';

const both = after(...running(arm64), ...running(amd64));
const seenBoth = { ...seen(arm64), ...seen(amd64) };
const publishing = after(...succeeded(arm64), ...succeeded(amd64), { type: 'publish.started' });

function requeueAfter(build: Build, moment?: Moment): number {
  return decisionOf(build, moment).requeueAfter;
}

describe('the next decision about a build comes', () => {
  it('later the longer its jobs run without a change, and still later while events are available', () => {
    expect(requeueAfter(both, { observations: seenBoth })).toBe(1_000);
    expect(requeueAfter(both, { observations: seenBoth, seconds: 600 })).toBe(10_000);
    expect(requeueAfter(both, { observations: seenBoth, seconds: 600, eventsAvailable: true })).toBe(60_000);
  });

  it('soon after a change was reported', () => {
    const moment = { observations: seenBoth, seconds: 600, eventsAvailable: true };
    expect(requeueAfter(both, { ...moment, notifiedAt: 600 })).toBe(1_000);
  });

  it('when a timeout passes', () => {
    const moment = { observations: seenBoth, eventsAvailable: true };
    expect(requeueAfter(both, { ...moment, seconds: 7_170 })).toBe(30_001);
  });

  it('soon while something was not observed, is missing, or is being stopped', () => {
    expect(requeueAfter(both, { observations: seen(arm64), seconds: 600 })).toBe(1_000);
    const missing = { ...seen(amd64), [nameOf(arm64)]: { job: 'gone' } } as const;
    const missed = evolveAll(both, [{ type: 'job.missing', platform: arm64, attempt: 1 }], start);
    expect(requeueAfter(missed, { observations: missing, seconds: 50 })).toBe(1_000);
    const at = { platform: arm64, attempt: 1 };
    const stopping = evolveAll(both, [cancel, { type: 'job.stopping', ...at, why: 'cancelled' }], start);
    expect(requeueAfter(stopping, { observations: seenBoth, seconds: 600 })).toBe(1_000);
  });

  it('soon while another job of the same name may turn up, and not for that reason afterwards', () => {
    const adopted = after(intended(arm64), unknown(arm64), queued(arm64), ...running(amd64));
    const observations = { ...named(arm64), ...seen(amd64) };
    const job = {
      ...observations[nameOf(arm64)],
      ...seen(arm64, { state: 'queued', startedAt: undefined })[nameOf(arm64)],
    };
    const moment = { observations: { ...observations, [nameOf(arm64)]: job } };
    expect(requeueAfter(adopted, { ...moment, seconds: 119 })).toBe(1_000);
    expect(requeueAfter(adopted, { ...moment, seconds: 120 })).toBe(10_000);
  });

  it('when the delay before another attempt has passed', () => {
    const again = after(
      ...running(arm64),
      ended(arm64, 'failed', lost),
      released(arm64),
      { type: 'job.attempt-failed', platform: arm64, failure: lost },
      ...running(amd64),
    );
    expect(requeueAfter(again, { observations: seen(amd64), seconds: 1.5 })).toBe(500);
  });

  it('in the next pass while it waits for a slot or for another build', () => {
    expect(requeueAfter(fresh, { freeSlots: 0 })).toBe(0);
    const waiting = after({ type: 'build.waiting', behind: 'other', whenBusy: 'queue-newest' });
    expect(requeueAfter(waiting, { behind: 'other' })).toBe(0);
  });

  it('after the interval if an effect changes nothing, and when its pause ends if it failed', () => {
    expect(decisionOf(publishing)).toEqual({ actions: [{ do: 'publish' }], requeueAfter: 1_000 });
    const heldUntil = { publish: 20 };
    expect(decisionOf(publishing, { seconds: 5, heldUntil })).toEqual({ actions: [], requeueAfter: 15 * second });
    expect(decisionOf(publishing, { seconds: 20, heldUntil }).actions).toEqual([{ do: 'publish' }]);
  });

  it('for a job as if the effect of another job had not failed', () => {
    const half = after(...running(arm64), ended(arm64, 'succeeded'), released(arm64), ...running(amd64));
    const heldUntil = { [`read-back ${nameOf(arm64)}`]: 30 };
    const decision = decisionOf(half, { observations: seen(amd64), seconds: 2, heldUntil });
    expect(decision).toEqual({ actions: [], requeueAfter: 1_000 });
  });

  it('never once it has ended and nothing is left', () => {
    const published = evolveAll(publishing, [{ type: 'build.published' }], start);
    expect(decisionOf(published)).toEqual({ actions: [], requeueAfter: Number.POSITIVE_INFINITY });
  });
});
