import { describe, expect, it } from 'vitest';
import { arm64, sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import type { Attempt, Build } from '../domain/build.ts';
import { evolveAll } from '../domain/evolve.ts';
import type { JobObservation } from '../ports/job-backend.ts';
import type { AttemptNews } from './decide.ts';
import { Lookout } from './lookout.ts';

const rhythm = { intervalMilliseconds: 1_000, quietIntervalMilliseconds: 10_000, heardIntervalMilliseconds: 60_000 };
const start = Date.UTC(2026, 0, 1);
const plan = samplePlan();

/** A build whose two jobs run, and have since the start. */
function running(): Build {
  const build = sampleBuild(plan, { createdAt: start });
  const events = plan.jobs.flatMap(({ platform }) => {
    const at = { platform, attempt: 1 };
    const backendId = `${build.id} ${platform}`;
    return [
      { type: 'job.intended', ...at, name: backendId },
      { type: 'job.queued', ...at, backendId, adopted: false },
      { type: 'job.started', ...at, startedAt: start, jobKey: 'key' },
    ] as const;
  });
  return evolveAll(build, events, start);
}

function attempts({ jobs }: Build): readonly Attempt[] {
  return jobs.flatMap((job) => job.attempts);
}

function news(build: Build, state: JobObservation['state'] = 'running'): ReadonlyMap<string, AttemptNews> {
  return new Map(
    attempts(build).map(({ name, backendId = '' }) => [
      name,
      { job: { id: backendId, name, createdAt: start, state, jobKey: 'key' } },
    ]),
  );
}

/** The builds that a pass over `open` has looked at. */
function dueOf(lookout: Lookout, open: readonly Build[], now: number): readonly Build[] {
  lookout.begin(open, now);
  return lookout.due(open, now);
}

/** How many milliseconds after `from` a build is due again, to the half second. */
function untilDue(lookout: Lookout, build: Build, from: number, open: readonly Build[] = [build]): number {
  for (let later = 500; later <= 120_000; later += 500)
    if (dueOf(lookout, open, from + later).includes(build)) return later;
  return Number.POSITIVE_INFINITY;
}

describe('the lookout', () => {
  it('has a build looked at that it never saw, then soon, then seldom, more seldom where changes are told', () => {
    const lookout = new Lookout(rhythm);
    const build = running();
    expect(dueOf(lookout, [build], start)).toEqual([build]);
    lookout.looked([build], news(build), start);
    expect(untilDue(lookout, build, start)).toBe(1_000);
    const quiet = start + 600_000;
    lookout.looked([build], news(build), quiet);
    expect(untilDue(lookout, build, quiet)).toBe(10_000);
    lookout.hears = true;
    expect(untilDue(lookout, build, quiet)).toBe(60_000);
  });

  it.each(['job', 'build'])(
    'has the one build looked at whose %s is told of, and soon again should nothing be seen',
    (what) => {
      const lookout = new Lookout(rhythm);
      const [build, other] = [running(), running()];
      const quiet = start + 600_000;
      for (const each of [build, other]) lookout.looked([each], news(each), quiet);
      lookout.changed(what === 'job' ? attempts(build)[1]?.backendId : build.id);
      expect(dueOf(lookout, [build, other], quiet + 10)).toEqual([build]);
      lookout.looked([build], news(build), quiet + 10);
      expect(dueOf(lookout, [build, other], quiet + 20)).toEqual([]);
      expect(untilDue(lookout, build, quiet + 10, [build, other])).toBe(1_000);
      expect(untilDue(lookout, other, quiet)).toBe(10_000);
    },
  );

  it('remembers what it was told of a build that was busy, until that was seen', () => {
    const lookout = new Lookout(rhythm);
    const build = running();
    lookout.looked([build], news(build), start);
    lookout.changed(build.id);
    lookout.begin([build], start + 10);
    expect(dueOf(lookout, [build], start + 20)).toEqual([build]);
    lookout.looked([build], new Map(), start + 20);
    expect(dueOf(lookout, [build], start + 30)).toEqual([build]);
    lookout.looked([build], news(build), start + 30);
    expect(dueOf(lookout, [build], start + 40)).toEqual([]);
  });

  it('has all looked at where it is not told which changed', () => {
    const lookout = new Lookout(rhythm);
    const builds = [running(), running()];
    for (const build of builds) lookout.looked([build], news(build), start);
    lookout.changed();
    expect(dueOf(lookout, builds, start + 10)).toEqual(builds);
    for (const build of builds) lookout.looked([build], news(build), start + 10);
    expect(dueOf(lookout, builds, start + 20)).toEqual([]);
  });

  it('has a build looked at that somebody else changed, and not for what the driver itself did', () => {
    const lookout = new Lookout(rhythm);
    const build = running();
    lookout.looked([build], news(build), start + 600_000);
    const changed = evolveAll(build, [{ type: 'build.cancel-requested' }], start + 600_001);
    expect(dueOf(lookout, [changed], start + 600_002)).toEqual([changed]);
    lookout.advanced(changed);
    expect(dueOf(lookout, [changed], start + 600_003)).toEqual([]);
  });

  it('stays restless about what was not seen, not recorded, or waits for something else', () => {
    const lookout = new Lookout(rhythm);
    const quiet = start + 600_000;
    const unseen = running();
    lookout.looked([unseen], new Map([...news(unseen)].slice(0, 1)), quiet);
    expect(untilDue(lookout, unseen, quiet)).toBe(500);
    const ended = running();
    lookout.looked([ended], news(ended, 'succeeded'), quiet);
    expect(untilDue(lookout, ended, quiet)).toBe(1_000);
    const at = { platform: arm64, attempt: 1 };
    const stopping = evolveAll(running(), [{ type: 'job.stopping', ...at, why: 'sibling-failed' }], start);
    lookout.looked([stopping], news(stopping), quiet);
    expect(untilDue(lookout, stopping, quiet)).toBe(1_000);
  });

  it('tells for how long the one that was seen last has not been seen, and forgets what is over', () => {
    const lookout = new Lookout(rhythm);
    const [build, never] = [running(), running()];
    lookout.looked([build], news(build), start + 5_000);
    expect(lookout.lag([build], start + 7_000)).toBe(2_000);
    expect(lookout.lag([build, never], start + 7_000)).toBe(7_000);
    expect(lookout.lag([], start)).toBe(0);
    lookout.begin([], start);
    expect(lookout.lag([build], start + 7_000)).toBe(7_000);
  });
});
