import { describe, expect, it } from 'vitest';
import { amd64, arm64, sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import { attemptName, type Build } from '../domain/build.ts';
import type { BuildEvent } from '../domain/build-event.ts';
import { evolveAll } from '../domain/evolve.ts';
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/platform.ts';
import type { JobObservation } from '../ports/job-backend.ts';
import { type Action, type AttemptNews, type DecidePolicy, decide } from './decide.ts';

const start = Date.UTC(2026, 0, 1);
const second = 1000;
const policy: DecidePolicy = {
  maxAttempts: 3,
  retryDelayMilliseconds: 2000,
  settleMilliseconds: 60_000,
  backendRetries: false,
};
const timeouts = { waitSeconds: 3600, runSeconds: 7200 };
const fresh = sampleBuild(samplePlan({ timeouts }), { createdAt: start });

const nameOf = (platform: Platform, attempt = 1): string => attemptName(fresh.id, platform, attempt);

/** The build after events, all of them at its start. */
function after(...events: readonly BuildEvent[]): Build {
  return evolveAll(fresh, events, start);
}

interface Moment {
  readonly seconds?: number;
  readonly news?: Readonly<Record<string, AttemptNews>>;
  readonly freeSlots?: number;
  readonly policy?: Partial<DecidePolicy>;
}

function decided(build: Build, { seconds = 0, news = {}, freeSlots = 9, ...rest }: Moment = {}): readonly Action[] {
  return decide(build, {
    news: new Map(Object.entries(news)),
    now: start + seconds * second,
    policy: { ...policy, ...rest.policy },
    freeSlots,
  });
}

const intended = (platform: Platform, attempt = 1): BuildEvent => ({
  type: 'job.intended',
  platform,
  attempt,
  name: nameOf(platform, attempt),
});
const unknown = (platform: Platform, attempt = 1): BuildEvent => ({
  type: 'job.send-unknown',
  platform,
  attempt,
  reason: 'lost',
});
const queued = (platform: Platform, attempt = 1): BuildEvent => ({
  type: 'job.queued',
  platform,
  attempt,
  backendId: idOf(platform, attempt),
  adopted: false,
});
const started = (platform: Platform, attempt = 1): BuildEvent => ({
  type: 'job.started',
  platform,
  attempt,
  startedAt: start,
  jobKey: `key-${idOf(platform, attempt)}`,
});
const running = (platform: Platform, attempt = 1): BuildEvent[] => [
  intended(platform, attempt),
  queued(platform, attempt),
  started(platform, attempt),
];
const released = (platform: Platform, attempt = 1): BuildEvent => ({ type: 'job.released', platform, attempt });
const succeeded = (platform: Platform): BuildEvent[] => [
  ...running(platform),
  ended(platform, 'succeeded'),
  released(platform),
  { type: 'job.succeeded', platform, images: [] },
];
const cancel: BuildEvent = { type: 'build.cancel-requested' };

function ended(
  platform: Platform,
  result: 'succeeded' | 'failed' | 'stopped',
  failure?: Failure,
  attempt = 1,
): BuildEvent {
  return { type: 'job.ended', platform, attempt, result, finishedAt: start, phases: [], ...(failure && { failure }) };
}

function idOf(platform: Platform, attempt = 1): string {
  return `${platform}-${String(attempt)}`;
}

function seen(platform: Platform, change: Partial<JobObservation> = {}, attempt = 1): Record<string, AttemptNews> {
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

function named(platform: Platform, ...ids: readonly string[]): Record<string, AttemptNews> {
  const name = nameOf(platform);
  return { [name]: { named: ids.map((id, index) => ({ id, name, createdAt: start + index })) } };
}

const broken: Failure = { code: 'JobFailed', message: 'a step failed', hint: 'mend it', infrastructure: false };
const lost: Failure = { code: 'JobLost', message: 'the host went away', hint: 'retry', infrastructure: true };
const failed = (platform: Platform, failure = broken): BuildEvent[] => [
  ...running(platform),
  ended(platform, 'failed', failure),
  released(platform),
  { type: 'job.failed', platform, failure },
];

const submitOf = (platform: Platform, attempt = 1, again = false): Action => ({
  do: 'submit',
  platform,
  attempt,
  name: nameOf(platform, attempt),
  again,
});
const record = (event: BuildEvent): Action => ({ do: 'record', event });

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

describe('a send whose outcome is not known', () => {
  const sent = after(intended(arm64), ...running(amd64));
  const uncertain = after(intended(arm64), unknown(arm64), ...running(amd64));

  it('is recorded as unknown by whoever finds it', () => {
    expect(decided(sent)).toMatchObject([
      { do: 'record', event: { type: 'job.send-unknown', platform: arm64, attempt: 1 } },
    ]);
  });

  it('is waited for while its name could not be looked up', () => {
    expect(decided(uncertain, { seconds: 600 })).toEqual([]);
  });

  it('is waited for until the settle window is over, then sent again', () => {
    expect(decided(uncertain, { seconds: 59, news: named(arm64) })).toEqual([]);
    expect(decided(uncertain, { seconds: 60, news: named(arm64) })).toEqual([submitOf(arm64, 1, true)]);
  });

  it('is not sent again at once even where jobs are found at once', () => {
    const at = (seconds: number) =>
      decided(uncertain, { seconds, news: named(arm64), policy: { settleMilliseconds: 0 } });
    expect(at(1)).toEqual([]);
    expect(at(2)).toEqual([submitOf(arm64, 1, true)]);
  });

  it('adopts the earliest job of its name', () => {
    expect(decided(uncertain, { news: named(arm64, 'first', 'second') })).toEqual([
      record({ type: 'job.queued', platform: arm64, attempt: 1, backendId: 'first', adopted: true }),
    ]);
  });

  it('does not adopt a job that it had stopped as a duplicate', () => {
    const told = evolveAll(
      uncertain,
      [{ type: 'job.duplicate-terminated', platform: arm64, attempt: 1, backendId: 'first' }],
      start,
    );
    expect(decided(told, { news: named(arm64, 'first', 'second') })).toMatchObject([
      { event: { backendId: 'second' } },
    ]);
  });

  it('has a job stopped that turns up after it was given up', () => {
    const givenUp = after(
      ...[intended(arm64), unknown(arm64), ended(arm64, 'stopped'), cancel],
      ...[intended(amd64), ended(amd64, 'stopped'), released(amd64)],
    );
    expect(decided(givenUp, { seconds: 61, news: named(arm64, 'late') })).toContainEqual({
      ...{ do: 'terminate-duplicate', platform: arm64, attempt: 1, backendId: 'late' },
    });
    expect(decided(givenUp, { seconds: 61, news: named(arm64) })).toContainEqual(record(released(arm64)));
  });

  it('is given up, not repeated, once the build is cancelled', () => {
    const cancelled = evolveAll(uncertain, [cancel], start);
    expect(decided(cancelled, { seconds: 60, news: { ...named(arm64), ...seen(amd64) } })[0]).toMatchObject({
      event: { type: 'job.ended', result: 'stopped' },
    });
  });

  it('is given up when nothing took it for as long as a job may wait', () => {
    expect(decided(uncertain, { seconds: 3601, news: named(arm64) })).toMatchObject([
      {
        do: 'record',
        event: { type: 'job.ended', result: 'failed', failure: { code: 'JobTimedOut', infrastructure: false } },
      },
    ]);
  });

  it('has its duplicates stopped, and its job released only when none can turn up any more', () => {
    const adopted = after(
      intended(arm64),
      unknown(arm64),
      queued(arm64),
      started(arm64),
      ended(arm64, 'succeeded'),
      ...running(amd64),
    );
    const names = named(arm64, idOf(arm64), 'other');
    expect(decided(adopted, { news: names })).toContainEqual({
      do: 'terminate-duplicate',
      platform: arm64,
      attempt: 1,
      backendId: 'other',
    });
    expect(
      decided(adopted, { seconds: 59, news: named(arm64, idOf(arm64)) }).some((action) => action.do === 'release'),
    ).toBe(false);
    expect(decided(adopted, { seconds: 60, news: named(arm64, idOf(arm64)) })).toContainEqual({
      do: 'release',
      platform: arm64,
      attempt: 1,
      backendId: idOf(arm64),
    });
    const told = evolveAll(
      adopted,
      [{ type: 'job.duplicate-terminated', platform: arm64, attempt: 1, backendId: 'other' }],
      start,
    );
    expect(decided(told, { seconds: 60, news: names }).some((action) => action.do === 'terminate-duplicate')).toBe(
      false,
    );
  });

  it('is looked for anew when a driver that had lost its lease tells of a late send', () => {
    const over = after(
      ...succeeded(arm64),
      ...succeeded(amd64),
      { type: 'publish.started' },
      { type: 'build.published' },
    );
    expect(decided(over)).toEqual([]);
    const late = evolveAll(over, [{ type: 'job.resent', platform: arm64, attempt: 1 }], start + second);
    expect(decided(late, { seconds: 2, news: named(arm64, idOf(arm64), 'late') })).toEqual([
      { do: 'terminate-duplicate', platform: arm64, attempt: 1, backendId: 'late' },
    ]);
    expect(decided(late, { seconds: 62, news: named(arm64, idOf(arm64)) })).toEqual([
      { do: 'release', platform: arm64, attempt: 1, backendId: idOf(arm64) },
    ]);
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

  it('is not followed by another where the backend retries by itself', () => {
    expect(decided(failedOnce(lost), { policy: { backendRetries: true } })).toContainEqual(
      record({ type: 'job.failed', platform: arm64, failure: lost }),
    );
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
