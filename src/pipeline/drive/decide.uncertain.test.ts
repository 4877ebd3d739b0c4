import { describe, expect, it } from 'vitest';
import {
  after,
  cancel,
  decided,
  ended,
  idOf,
  intended,
  named,
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
  unknown,
} from '../../../test/helpers/decide-moments.ts';
import { amd64, arm64 } from '../../../test/helpers/sample-builds.ts';
import { evolveAll } from '../../domain/evolve.ts';

describe('a send with an unknown outcome', () => {
  const sent = after(intended(arm64), ...running(amd64));
  const uncertain = after(intended(arm64), unknown(arm64), ...running(amd64));

  it('is recorded as unknown when it is found', () => {
    expect(decided(sent)).toMatchObject([
      { do: 'record', event: { type: 'job.send-unknown', platform: arm64, attempt: 1 } },
    ]);
  });

  it('waits while its name cannot be looked up', () => {
    expect(decided(uncertain, { seconds: 600 })).toEqual([]);
  });

  it('waits until the settle window ends, then is sent again', () => {
    expect(decided(uncertain, { seconds: 59, observations: named(arm64) })).toEqual([]);
    expect(decided(uncertain, { seconds: 60, observations: named(arm64) })).toEqual([submitOf(arm64, 1, true)]);
  });

  it('waits from the time at which it may have been sent, however long ago it was intended', () => {
    const late = evolveAll(after(intended(arm64), ...running(amd64)), [unknown(arm64)], start + 50 * second);
    expect(decided(late, { seconds: 109, observations: named(arm64) })).toEqual([]);
    expect(decided(late, { seconds: 110, observations: named(arm64) })).toEqual([submitOf(arm64, 1, true)]);
  });

  it('is not repeated at once even if jobs are found immediately', () => {
    const at = (seconds: number) =>
      decided(uncertain, { seconds, observations: named(arm64), policy: { settleMilliseconds: 0 } });
    expect(at(1)).toEqual([]);
    expect(at(2)).toEqual([submitOf(arm64, 1, true)]);
  });

  it('adopts the earliest job of its name', () => {
    expect(decided(uncertain, { observations: named(arm64, 'first', 'second') })).toEqual([
      record({ type: 'job.queued', platform: arm64, attempt: 1, backendId: 'first', adopted: true }),
    ]);
  });

  it('does not adopt a job that was stopped as a duplicate', () => {
    const recorded = evolveAll(
      uncertain,
      [{ type: 'job.duplicate-terminated', platform: arm64, attempt: 1, backendId: 'first' }],
      start,
    );
    expect(decided(recorded, { observations: named(arm64, 'first', 'second') })).toMatchObject([
      { event: { backendId: 'second' } },
    ]);
  });

  it('stops a job that appears after it was abandoned', () => {
    const givenUp = after(
      ...[intended(arm64), unknown(arm64), ended(arm64, 'stopped'), cancel],
      ...[intended(amd64), ended(amd64, 'stopped'), released(amd64)],
    );
    expect(decided(givenUp, { seconds: 61, observations: named(arm64, 'late') })).toContainEqual({
      ...{ do: 'terminate-duplicate', platform: arm64, attempt: 1, backendId: 'late' },
    });
    expect(decided(givenUp, { seconds: 61, observations: named(arm64) })).toContainEqual(record(released(arm64)));
  });

  it('is abandoned, not repeated, once the build is cancelled', () => {
    const cancelled = evolveAll(uncertain, [cancel], start);
    expect(decided(cancelled, { seconds: 60, observations: { ...named(arm64), ...seen(amd64) } })[0]).toMatchObject({
      event: { type: 'job.ended', result: 'stopped' },
    });
  });

  it('is abandoned if it finds no job within the waiting limit', () => {
    expect(decided(uncertain, { seconds: 3601, observations: named(arm64) })).toMatchObject([
      {
        do: 'record',
        event: { type: 'job.ended', result: 'failed', failure: { code: 'JobTimedOut', infrastructure: false } },
      },
    ]);
  });

  it('stops its duplicates, and releases its job only when no more can appear', () => {
    const adopted = after(
      intended(arm64),
      unknown(arm64),
      queued(arm64),
      started(arm64),
      ended(arm64, 'succeeded'),
      ...running(amd64),
    );
    const names = named(arm64, idOf(arm64), 'other');
    expect(decided(adopted, { observations: names })).toContainEqual({
      do: 'terminate-duplicate',
      platform: arm64,
      attempt: 1,
      backendId: 'other',
    });
    expect(
      decided(adopted, { seconds: 59, observations: named(arm64, idOf(arm64)) }).some(
        (action) => action.do === 'release',
      ),
    ).toBe(false);
    expect(decided(adopted, { seconds: 60, observations: named(arm64, idOf(arm64)) })).toContainEqual({
      do: 'release',
      platform: arm64,
      attempt: 1,
      backendId: idOf(arm64),
    });
    const recorded = evolveAll(
      adopted,
      [{ type: 'job.duplicate-terminated', platform: arm64, attempt: 1, backendId: 'other' }],
      start,
    );
    expect(
      decided(recorded, { seconds: 60, observations: names }).some((action) => action.do === 'terminate-duplicate'),
    ).toBe(false);
  });

  it('is looked up again when a driver that lost its lease records a late send', () => {
    const over = after(
      ...succeeded(arm64),
      ...succeeded(amd64),
      { type: 'publish.started' },
      { type: 'build.published' },
    );
    expect(decided(over)).toEqual([]);
    const late = evolveAll(over, [{ type: 'job.resent', platform: arm64, attempt: 1 }], start + second);
    expect(decided(late, { seconds: 2, observations: named(arm64, idOf(arm64), 'late') })).toEqual([
      { do: 'terminate-duplicate', platform: arm64, attempt: 1, backendId: 'late' },
    ]);
    expect(decided(late, { seconds: 62, observations: named(arm64, idOf(arm64)) })).toEqual([
      { do: 'release', platform: arm64, attempt: 1, backendId: idOf(arm64) },
    ]);
  });
});
