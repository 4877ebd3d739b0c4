import { describe, expect, it } from 'vitest';
import { after, cancel, decided, record, running, submitOf } from '../../../test/helpers/decide-moments.ts';
import { amd64, arm64 } from '../../../test/helpers/sample-builds.ts';
import type { BuildEvent } from '../../domain/build-event.ts';

const waiting = (behind: string): BuildEvent => ({ type: 'build.waiting', behind, whenBusy: 'queue-newest' });
const started: BuildEvent = { type: 'build.started' };
const supersede: BuildEvent = { type: 'build.cancel-requested', supersededBy: 'newer' };

describe('a waiting build', () => {
  it('does nothing while the build ahead is the same or the queue is unknown', () => {
    expect(decided(after(waiting('ahead')), { behind: 'ahead' })).toEqual([]);
    expect(decided(after(waiting('ahead')))).toEqual([]);
  });

  it('records a new build ahead', () => {
    expect(decided(after(waiting('ahead')), { behind: 'other' })).toEqual([record(waiting('other'))]);
  });

  it('starts in its turn, and submits its jobs', () => {
    expect(decided(after(waiting('ahead')), { behind: null })).toEqual([record(started)]);
    const build = after(waiting('ahead'), started);
    expect(build).toMatchObject({ state: 'building', queue: undefined });
    expect(decided(build)).toEqual([submitOf(arm64), submitOf(amd64)]);
  });

  it('ends when it is cancelled, even in its turn', () => {
    expect(decided(after(waiting('ahead'), cancel), { behind: null })).toEqual([record({ type: 'build.cancelled' })]);
    const build = after(waiting('ahead'), cancel, { type: 'build.cancelled' });
    expect(build).toMatchObject({ state: 'cancelled', queue: undefined });
    expect(build.jobs.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });
});

describe('a superseded build', () => {
  it('ends as superseded once its jobs are stopped', () => {
    const stopped: BuildEvent[] = [arm64, amd64].map((platform) => ({ type: 'job.stopped', platform }));
    const build = after(...running(arm64), supersede, ...stopped);
    expect(decided(build)).toContainEqual(record({ type: 'build.superseded', supersededBy: 'newer' }));
  });

  it('ends at once if it is waiting', () => {
    const build = after(waiting('ahead'), { type: 'build.superseded', supersededBy: 'newer' });
    expect(build).toMatchObject({ state: 'superseded', supersededBy: 'newer', queue: undefined });
    expect(decided(build, { behind: null })).toEqual([]);
  });

  it('clears what superseded it when it is retried', () => {
    const build = after(
      waiting('ahead'),
      { type: 'build.superseded', supersededBy: 'newer' },
      { type: 'build.retried', platforms: [arm64, amd64] },
    );
    expect(build).toMatchObject({ state: 'building', supersededBy: undefined, finishedAt: undefined });
    expect(decided(build)).toEqual([submitOf(arm64), submitOf(amd64)]);
  });
});
