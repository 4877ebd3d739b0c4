import { describe, expect, it } from 'vitest';
import {
  after,
  broken,
  cancel,
  decided,
  ended,
  failed,
  fresh,
  idOf,
  intended,
  lost,
  nameOf,
  queued,
  record,
  released,
  running,
  second,
  seen,
  start,
  started,
  submitOf,
  succeeded,
} from '../../../test/helpers/decide-moments.ts';
import { amd64, arm64 } from '../../../test/helpers/sample-builds.ts';
import type { BuiltImage } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { evolveAll } from '../../domain/evolve.ts';
import type { Failure } from '../../domain/failure.ts';

describe('a pending job', () => {
  it('is submitted for both platforms at once', () => {
    expect(decided(fresh)).toEqual([submitOf(arm64), submitOf(amd64)]);
  });

  it('waits for a free slot', () => {
    expect(decided(fresh, { freeSlots: 1 })).toEqual([submitOf(arm64)]);
    expect(decided(fresh, { freeSlots: 0 })).toEqual([]);
  });

  it('is stopped, not submitted, once the build is cancelled', () => {
    expect(decided(after(cancel))).toEqual([
      record({ type: 'job.stopped', platform: arm64 }),
      record({ type: 'job.stopped', platform: amd64 }),
    ]);
  });

  it('is stopped when the other platform has failed permanently', () => {
    expect(decided(after(...failed(arm64)))).toEqual([record({ type: 'job.stopped', platform: amd64 })]);
  });

  it('waits before a new attempt, but not before the first attempt of a retry', () => {
    const again = after(
      ...running(arm64),
      ended(arm64, 'failed', lost),
      released(arm64),
      { type: 'job.attempt-failed', platform: arm64, failure: lost },
      ...running(amd64),
    );
    expect(decided(again, { seconds: 1 })).toEqual([]);
    expect(decided(again, { seconds: 2 })).toEqual([submitOf(arm64, 2)]);
    const retried = after(
      ...failed(arm64),
      ...failed(amd64),
      { type: 'build.failed', failure: broken },
      { type: 'build.retried', platforms: [arm64, amd64] },
    );
    expect(decided(retried)).toEqual([submitOf(arm64, 2), submitOf(amd64, 2)]);
  });
});

describe('a job that the backend has', () => {
  const both = after(...running(arm64), ...running(amd64));

  it('is left alone while it has not been observed', () => {
    expect(decided(both, { seconds: 999 })).toEqual([]);
  });

  it('gets its start recorded with the key of its staging tags', () => {
    const waiting = after(intended(arm64), queued(arm64), ...running(amd64));
    expect(decided(waiting, { observations: seen(arm64) })).toEqual([record(started(arm64))]);
  });

  it('gets its new key recorded after the backend restarted it', () => {
    expect(decided(both, { observations: seen(arm64, { jobKey: 'key-2', startedAt: start + second }) })).toEqual([
      record({ type: 'job.started', platform: arm64, attempt: 1, startedAt: start + second, jobKey: 'key-2' }),
    ]);
  });

  it('gets its waiting reason recorded, once for each reason', () => {
    const queue = after(intended(arm64), queued(arm64), ...running(amd64));
    const stuck = (reason: string) => seen(arm64, { state: 'queued', startedAt: undefined, jobKey: undefined, reason });
    const waiting = { type: 'job.waiting', platform: arm64, attempt: 1, reason: 'CAPACITY' } as const;
    expect(decided(queue, { observations: stuck('CAPACITY') })).toEqual([record(waiting)]);
    const recorded = evolveAll(queue, [waiting], start);
    expect(decided(recorded, { observations: stuck('CAPACITY') })).toEqual([]);
    expect(decided(recorded, { observations: stuck('MISCONFIGURATION') })).toEqual([
      record({ ...waiting, reason: 'MISCONFIGURATION' }),
    ]);
  });

  it('is ended when the backend reports its end', () => {
    const [action] = decided(both, { observations: seen(arm64, { state: 'failed', exitCode: 47 }) });
    expect(action).toMatchObject({ do: 'end', platform: arm64, job: { exitCode: 47 } });
  });

  it('is missing first, and lost only after the settle window', () => {
    const gone = { [nameOf(arm64)]: { job: 'gone' } } as const;
    expect(decided(both, { observations: gone })).toEqual([
      record({ type: 'job.missing', platform: arm64, attempt: 1 }),
    ]);
    const missed = evolveAll(both, [{ type: 'job.missing', platform: arm64, attempt: 1 }], start);
    expect(decided(missed, { seconds: 59, observations: gone })).toEqual([]);
    expect(decided(missed, { seconds: 60, observations: gone })).toMatchObject([{ do: 'end', job: 'gone' }]);
    expect(decided(missed, { seconds: 60, observations: seen(arm64) })).toEqual([
      record({ type: 'job.found', platform: arm64, attempt: 1 }),
    ]);
  });

  it('is stopped when the other platform has failed', () => {
    const half = after(...running(arm64), ...failed(amd64));
    expect(decided(half, { observations: seen(arm64) })).toEqual([
      record({ type: 'job.stopping', platform: arm64, attempt: 1, why: 'sibling-failed' }),
      { do: 'terminate', backendId: idOf(arm64), reason: 'the other job of the build failed' },
    ]);
  });

  it('is terminated again as long as it runs', () => {
    const stopping = after(
      ...running(arm64),
      { type: 'job.stopping', platform: arm64, attempt: 1, why: 'cancelled' },
      ...running(amd64),
    );
    expect(decided(stopping, { observations: seen(arm64) })).toEqual([
      { do: 'terminate', backendId: idOf(arm64), reason: 'the build was cancelled' },
    ]);
  });

  it('has separate time limits for waiting and for running', () => {
    const waiting = after(intended(arm64), queued(arm64), ...running(amd64));
    const inQueue = seen(arm64, { state: 'queued', startedAt: undefined, jobKey: undefined });
    expect(decided(waiting, { seconds: 3600, observations: inQueue })).toEqual([]);
    expect(decided(waiting, { seconds: 3601, observations: inQueue })[0]).toMatchObject({
      event: { type: 'job.stopping', why: 'wait-timeout' },
    });
    expect(decided(both, { seconds: 7200, observations: seen(arm64) })).toEqual([]);
    expect(decided(both, { seconds: 7201, observations: seen(arm64) })[0]).toMatchObject({
      event: { type: 'job.stopping', why: 'run-timeout' },
    });
  });
});

describe('a job that its backend requeued', () => {
  const both = after(...running(arm64), ...running(amd64));
  const requeued = (queuedSince: number) => seen(arm64, { state: 'queued', queuedSince: start + queuedSince * second });

  it('is subject to the waiting limit from the loss of its run', () => {
    expect(decided(both, { seconds: 7201, observations: requeued(7000) })).toEqual([]);
    expect(decided(both, { seconds: 10_600, observations: requeued(7000) })).toEqual([]);
    expect(decided(both, { seconds: 10_601, observations: requeued(7000) })[0]).toMatchObject({
      event: { type: 'job.stopping', why: 'wait-timeout' },
    });
  });

  it('gets the full run time once it runs again', () => {
    const again = { type: 'job.started', platform: arm64, attempt: 1, jobKey: 'key-2' } as const;
    const restarted = evolveAll(both, [{ ...again, startedAt: start + 9000 * second }], start);
    const observations = seen(arm64, { jobKey: 'key-2', startedAt: start + 9000 * second });
    expect(decided(restarted, { seconds: 16_200, observations })).toEqual([]);
    expect(decided(restarted, { seconds: 16_201, observations })[0]).toMatchObject({ event: { why: 'run-timeout' } });
  });
});

describe('an attempt that failed', () => {
  const failedOnce = (failure: Failure, attempt = 1) =>
    after(...running(arm64, attempt), ended(arm64, 'failed', failure, attempt), ...running(amd64));

  it('fails its job if the build is at fault', () => {
    expect(decided(failedOnce(broken))).toContainEqual(
      record({ type: 'job.failed', platform: arm64, failure: broken }),
    );
  });

  it('is followed by another if the build is not at fault', () => {
    expect(decided(failedOnce(lost))).toContainEqual(
      record({ type: 'job.attempt-failed', platform: arm64, failure: lost }),
    );
  });

  it('is the last one once the limit of attempts is reached', () => {
    expect(decided(failedOnce(lost), { policy: { maxAttempts: 1 } })).toContainEqual(
      record({ type: 'job.failed', platform: arm64, failure: lost }),
    );
  });

  it('is not followed by another if the backend has used up its own retries', () => {
    const failure = { ...lost, retriesSpent: true };
    expect(decided(failedOnce(failure))).toContainEqual(record({ type: 'job.failed', platform: arm64, failure }));
  });

  it('is not followed by another if the build is cancelled or the other platform failed', () => {
    const cancelled = evolveAll(failedOnce(lost), [cancel], start);
    expect(decided(cancelled)).toContainEqual(record({ type: 'job.failed', platform: arm64, failure: lost }));
    const alone = after(...running(arm64), ended(arm64, 'failed', lost), ...failed(amd64));
    expect(decided(alone)).toContainEqual(record({ type: 'job.failed', platform: arm64, failure: lost }));
  });

  it('is released', () => {
    expect(decided(failedOnce(broken))).toContainEqual({
      do: 'release',
      platform: arm64,
      attempt: 1,
      backendId: idOf(arm64),
    });
  });

  it('that never reached the backend has nothing to release', () => {
    const refused = after(intended(arm64), ended(arm64, 'failed', lost), ...running(amd64));
    expect(decided(refused)).toContainEqual(record(released(arm64)));
  });
});

describe('a build whose jobs have all ended', () => {
  it('has succeeded jobs read back first', () => {
    const built = after(...running(arm64), ended(arm64, 'succeeded'), released(arm64), ...succeeded(amd64));
    expect(decided(built)).toMatchObject([
      { do: 'read-back', platform: arm64, attempt: { jobKey: `key-${idOf(arm64)}` } },
    ]);
  });

  it('is published if all succeeded', () => {
    const done = after(...succeeded(arm64), ...succeeded(amd64));
    expect(decided(done)).toEqual([record({ type: 'publish.started' })]);
    expect(decided(evolveAll(done, [{ type: 'publish.started' }], start))).toEqual([{ do: 'publish' }]);
  });

  it('is cancelled if that was requested before publishing began', () => {
    expect(decided(after(...succeeded(arm64), ...succeeded(amd64), cancel))).toEqual([
      record({ type: 'build.cancelled' }),
    ]);
  });

  it('fails with the first failure, never with that of the stopped platform', () => {
    const done = after(
      ...running(arm64),
      ended(arm64, 'stopped'),
      released(arm64),
      { type: 'job.stopped', platform: arm64 },
      ...failed(amd64),
    );
    expect(decided(done)).toEqual([record({ type: 'build.failed', failure: broken })]);
  });

  it('is reverted, not published, after a permanent refusal by the registry', () => {
    const refused = after(
      ...succeeded(arm64),
      ...succeeded(amd64),
      { type: 'publish.started' },
      { type: 'publish.refused', failure: broken },
    );
    expect(decided(refused)).toEqual([{ do: 'revert', failure: broken }]);
  });

  it('releases its jobs at the backend after its end', () => {
    const done = after(
      ...running(arm64),
      ended(arm64, 'succeeded'),
      { type: 'job.succeeded', platform: arm64, images: [] },
      ...failed(amd64),
      { type: 'build.failed', failure: broken },
    );
    expect(decided(done)).toEqual([{ do: 'release', platform: arm64, attempt: 1, backendId: idOf(arm64) }]);
  });
});

describe('two platforms on two versions of a base', () => {
  const built = (platform: typeof arm64, digest: string, attempt = 1): BuildEvent[] => [
    ...running(platform, attempt),
    ended(platform, 'succeeded', undefined, attempt),
    released(platform, attempt),
    { type: 'job.succeeded', platform, images: [imageOn(platform, digest)] },
  ];

  it('get the one that started first rebuilt', () => {
    const [action] = decided(after(...built(arm64, 'one'), ...built(amd64, 'two')));
    expect(action).toMatchObject({
      event: { type: 'job.attempt-failed', platform: arm64, failure: { code: 'BasesDiffer', infrastructure: true } },
    });
  });

  it('are published once they agree', () => {
    const again: BuildEvent = { type: 'job.attempt-failed', platform: arm64, failure: lost };
    const agreed = after(...built(arm64, 'one'), ...built(amd64, 'two'), again, ...built(arm64, 'two', 2));
    expect(decided(agreed)).toEqual([record({ type: 'publish.started' })]);
  });

  it('fail the build if no attempt is left', () => {
    const [action] = decided(after(...built(arm64, 'one'), ...built(amd64, 'two')), { policy: { maxAttempts: 1 } });
    expect(action).toMatchObject({ event: { type: 'job.failed', platform: arm64 } });
  });
});

it('two halves with the same layers fail the build, unless they contain no programs', () => {
  const halves = (programs: 'some' | 'none') =>
    [arm64, amd64].flatMap((platform): BuildEvent[] => [
      ...running(platform),
      ended(platform, 'succeeded'),
      released(platform),
      {
        type: 'job.succeeded',
        platform,
        images: [{ ...imageOn(platform, 'one'), content: { layers: 'same', programs } }],
      },
    ]);
  const [action] = decided(after(...halves('some')));
  expect(action).toMatchObject({
    event: {
      type: 'build.failed',
      failure: {
        code: 'VerifyFailed',
        reason: 'wrong-platform',
        image: 'task',
        message: 'image task has the same layers for linux/arm64 and linux/amd64, and these contain programs',
      },
    },
  });
  expect(decided(after(...halves('none')))).toEqual([record({ type: 'publish.started' })]);
});

function imageOn(platform: typeof arm64, digest: string): BuiltImage {
  const bases = [{ reference: 'docker.io/library/debian:12', digest }];
  return { image: 'task', platform, stagingTag: 'x', digest: `of ${digest}`, mediaType: 'x', size: 1, bases };
}
