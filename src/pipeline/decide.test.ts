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
} from '../../test/helpers/decide-moments.ts';
import { amd64, arm64 } from '../../test/helpers/sample-builds.ts';
import { evolveAll } from '../domain/evolve.ts';
import type { Failure } from '../domain/failure.ts';

describe('a pending job', () => {
  it('is submitted, both halves at once', () => {
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

  it('is stopped when its sibling has failed for good', () => {
    expect(decided(after(...failed(arm64)))).toEqual([record({ type: 'job.stopped', platform: amd64 })]);
  });

  it('waits before a new attempt, but not before the first one of a retry', () => {
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

  it('is left alone while nothing was seen of it', () => {
    expect(decided(both, { seconds: 999 })).toEqual([]);
  });

  it('has its start recorded with the key of its staging tags', () => {
    const waiting = after(intended(arm64), queued(arm64), ...running(amd64));
    expect(decided(waiting, { news: seen(arm64) })).toEqual([record(started(arm64))]);
  });

  it('has its new key recorded when the backend started it anew', () => {
    expect(decided(both, { news: seen(arm64, { jobKey: 'key-2', startedAt: start + second }) })).toEqual([
      record({ type: 'job.started', platform: arm64, attempt: 1, startedAt: start + second, jobKey: 'key-2' }),
    ]);
  });

  it('has recorded what it waits for, once for each reason', () => {
    const queue = after(intended(arm64), queued(arm64), ...running(amd64));
    const stuck = (reason: string) => seen(arm64, { state: 'queued', startedAt: undefined, jobKey: undefined, reason });
    const waiting = { type: 'job.waiting', platform: arm64, attempt: 1, reason: 'CAPACITY' } as const;
    expect(decided(queue, { news: stuck('CAPACITY') })).toEqual([record(waiting)]);
    const told = evolveAll(queue, [waiting], start);
    expect(decided(told, { news: stuck('CAPACITY') })).toEqual([]);
    expect(decided(told, { news: stuck('MISCONFIGURATION') })).toEqual([
      record({ ...waiting, reason: 'MISCONFIGURATION' }),
    ]);
  });

  it('is ended when it ended', () => {
    const [action] = decided(both, { news: seen(arm64, { state: 'failed', exitCode: 47 }) });
    expect(action).toMatchObject({ do: 'end', platform: arm64, job: { exitCode: 47 } });
  });

  it('is missed first, and lost only after the settle window', () => {
    const gone = { [nameOf(arm64)]: { job: 'gone' } } as const;
    expect(decided(both, { news: gone })).toEqual([record({ type: 'job.missing', platform: arm64, attempt: 1 })]);
    const missed = evolveAll(both, [{ type: 'job.missing', platform: arm64, attempt: 1 }], start);
    expect(decided(missed, { seconds: 59, news: gone })).toEqual([]);
    expect(decided(missed, { seconds: 60, news: gone })).toMatchObject([{ do: 'end', job: 'gone' }]);
    expect(decided(missed, { seconds: 60, news: seen(arm64) })).toEqual([
      record({ type: 'job.found', platform: arm64, attempt: 1 }),
    ]);
  });

  it('is stopped when its sibling has failed', () => {
    const half = after(...running(arm64), ...failed(amd64));
    expect(decided(half, { news: seen(arm64) })).toEqual([
      record({ type: 'job.stopping', platform: arm64, attempt: 1, why: 'sibling-failed' }),
      { do: 'terminate', backendId: idOf(arm64), reason: 'the other half of the build failed' },
    ]);
  });

  it('is told to stop again as long as it runs', () => {
    const stopping = after(
      ...running(arm64),
      { type: 'job.stopping', platform: arm64, attempt: 1, why: 'cancelled' },
      ...running(amd64),
    );
    expect(decided(stopping, { news: seen(arm64) })).toEqual([
      { do: 'terminate', backendId: idOf(arm64), reason: 'the build was cancelled' },
    ]);
  });

  it('is timed by one clock while it waits and by another while it runs', () => {
    const waiting = after(intended(arm64), queued(arm64), ...running(amd64));
    const inQueue = seen(arm64, { state: 'queued', startedAt: undefined, jobKey: undefined });
    expect(decided(waiting, { seconds: 3600, news: inQueue })).toEqual([]);
    expect(decided(waiting, { seconds: 3601, news: inQueue })[0]).toMatchObject({
      event: { type: 'job.stopping', why: 'wait-timeout' },
    });
    expect(decided(both, { seconds: 7200, news: seen(arm64) })).toEqual([]);
    expect(decided(both, { seconds: 7201, news: seen(arm64) })[0]).toMatchObject({
      event: { type: 'job.stopping', why: 'run-timeout' },
    });
  });
});

describe('a job that its backend put back into the queue', () => {
  const both = after(...running(arm64), ...running(amd64));
  const requeued = (queuedSince: number) => seen(arm64, { state: 'queued', queuedSince: start + queuedSince * second });

  it('waits by the clock of waiting, from when its run was lost', () => {
    expect(decided(both, { seconds: 7201, news: requeued(7000) })).toEqual([]);
    expect(decided(both, { seconds: 10_600, news: requeued(7000) })).toEqual([]);
    expect(decided(both, { seconds: 10_601, news: requeued(7000) })[0]).toMatchObject({
      event: { type: 'job.stopping', why: 'wait-timeout' },
    });
  });

  it('has its whole time to build once it runs again', () => {
    const again = { type: 'job.started', platform: arm64, attempt: 1, jobKey: 'key-2' } as const;
    const anew = evolveAll(both, [{ ...again, startedAt: start + 9000 * second }], start);
    const news = seen(arm64, { jobKey: 'key-2', startedAt: start + 9000 * second });
    expect(decided(anew, { seconds: 16_200, news })).toEqual([]);
    expect(decided(anew, { seconds: 16_201, news })[0]).toMatchObject({ event: { why: 'run-timeout' } });
  });
});

describe('an attempt that failed', () => {
  const failedOnce = (failure: Failure, attempt = 1) =>
    after(...running(arm64, attempt), ended(arm64, 'failed', failure, attempt), ...running(amd64));

  it('fails its job when the fault is the build own', () => {
    expect(decided(failedOnce(broken))).toContainEqual(
      record({ type: 'job.failed', platform: arm64, failure: broken }),
    );
  });

  it('is followed by another when it is not', () => {
    expect(decided(failedOnce(lost))).toContainEqual(
      record({ type: 'job.attempt-failed', platform: arm64, failure: lost }),
    );
  });

  it('is the last one when as many were made as may be', () => {
    expect(decided(failedOnce(lost), { policy: { maxAttempts: 1 } })).toContainEqual(
      record({ type: 'job.failed', platform: arm64, failure: lost }),
    );
  });

  it('is not followed by another where the backend has tried as often as it may by itself', () => {
    const failure = { ...lost, retriesSpent: true };
    expect(decided(failedOnce(failure))).toContainEqual(record({ type: 'job.failed', platform: arm64, failure }));
  });

  it('is not followed by another when the build is cancelled or its sibling failed', () => {
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
  it('has built jobs read back first', () => {
    const built = after(...running(arm64), ended(arm64, 'succeeded'), released(arm64), ...succeeded(amd64));
    expect(decided(built)).toMatchObject([
      { do: 'read-back', platform: arm64, attempt: { jobKey: `key-${idOf(arm64)}` } },
    ]);
  });

  it('is published when all succeeded', () => {
    const done = after(...succeeded(arm64), ...succeeded(amd64));
    expect(decided(done)).toEqual([record({ type: 'publish.started' })]);
    expect(decided(evolveAll(done, [{ type: 'publish.started' }], start))).toEqual([{ do: 'publish' }]);
  });

  it('is cancelled when that was asked before it began to publish', () => {
    expect(decided(after(...succeeded(arm64), ...succeeded(amd64), cancel))).toEqual([
      record({ type: 'build.cancelled' }),
    ]);
  });

  it('fails with what failed first, never with the half that was stopped', () => {
    const done = after(
      ...running(arm64),
      ended(arm64, 'stopped'),
      released(arm64),
      { type: 'job.stopped', platform: arm64 },
      ...failed(amd64),
    );
    expect(decided(done)).toEqual([record({ type: 'build.failed', failure: broken })]);
  });

  it('goes back, and does not publish, once the registry refused for good', () => {
    const refused = after(
      ...succeeded(arm64),
      ...succeeded(amd64),
      { type: 'publish.started' },
      { type: 'publish.refused', failure: broken },
    );
    expect(decided(refused)).toEqual([{ do: 'revert', failure: broken }]);
  });

  it('leaves nothing at its backend after its end', () => {
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
