import { describe, expect, it } from 'vitest';
import { sampleBuild, samplePlan } from '../../../test/helpers/sample-builds.ts';
import type { Attempt, Build } from '../../domain/build.ts';
import { evolveAll } from '../../domain/evolve.ts';
import type { AttemptObservation } from './decision.ts';
import { Schedule } from './schedule.ts';

const start = Date.UTC(2026, 0, 1);
const plan = samplePlan();

/** A build whose two jobs have been running since the start. */
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

function observations(build: Build): ReadonlyMap<string, AttemptObservation> {
  return new Map(attempts(build).map(({ name }) => [name, { job: 'gone' }]));
}

/** The builds that a pass over `open` takes. */
function dueOf(schedule: Schedule, open: readonly Build[], now: number): readonly Build[] {
  schedule.begin(open, now);
  return schedule.takeDue(open, now);
}

describe('the schedule', () => {
  it('takes a new build at once, then when its time has come', () => {
    const schedule = new Schedule();
    const build = running();
    expect(dueOf(schedule, [build], start)).toEqual([build]);
    schedule.requeue(build, start + 1_000);
    expect(dueOf(schedule, [build], start + 999)).toEqual([]);
    expect(dueOf(schedule, [build], start + 1_000)).toEqual([build]);
    schedule.requeue(build, Number.POSITIVE_INFINITY);
    expect(dueOf(schedule, [build], start + 1e12)).toEqual([]);
  });

  it.each(['job', 'build'])('takes the one build whose %s is reported, once', (what) => {
    const schedule = new Schedule();
    const [build, other] = [running(), running()];
    for (const each of [build, other]) schedule.requeue(each, start + 60_000);
    schedule.changed(what === 'job' ? attempts(build)[1]?.backendId : build.id);
    expect(dueOf(schedule, [build, other], start + 10)).toEqual([build]);
    expect(dueOf(schedule, [build, other], start + 20)).toEqual([]);
    expect([build, other].map(({ id }) => schedule.notifiedAt(id))).toEqual([start + 10, undefined]);
  });

  it('keeps a reported build due while it is busy, until it has been taken', () => {
    const schedule = new Schedule();
    const build = running();
    schedule.changed(build.id);
    schedule.begin([build], start + 10);
    schedule.requeue(build, start + 60_000);
    expect(dueOf(schedule, [build], start + 20)).toEqual([build]);
    expect(dueOf(schedule, [build], start + 30)).toEqual([]);
  });

  it('takes all builds if the report names none', () => {
    const schedule = new Schedule();
    const builds = [running(), running()];
    for (const build of builds) schedule.requeue(build, start + 60_000);
    schedule.changed();
    expect(dueOf(schedule, builds, start + 10)).toEqual(builds);
    expect(dueOf(schedule, builds, start + 20)).toEqual([]);
  });

  it('takes a build that another process changed, but not after changes of the driver itself', () => {
    const schedule = new Schedule();
    const build = running();
    schedule.requeue(build, start + 60_000);
    expect(schedule.isChangedByOthers(build)).toBe(false);
    const changed = evolveAll(build, [{ type: 'build.cancel-requested' }], start + 1);
    expect(schedule.isChangedByOthers(changed)).toBe(true);
    expect(dueOf(schedule, [changed], start + 2)).toEqual([changed]);
    schedule.requeue(changed, start + 60_000);
    expect(dueOf(schedule, [changed], start + 3)).toEqual([]);
  });

  it('returns the age of the oldest complete poll, and drops builds that have ended', () => {
    const schedule = new Schedule();
    const [build, never] = [running(), running()];
    schedule.recordPoll([build], observations(build), start + 5_000);
    schedule.recordPoll([build], new Map([...observations(build)].slice(0, 1)), start + 6_000);
    expect(schedule.lag([build], start + 7_000)).toBe(2_000);
    expect(schedule.lag([build, never], start + 7_000)).toBe(7_000);
    expect(schedule.lag([], start)).toBe(0);
    schedule.begin([], start);
    expect(schedule.lag([build], start + 7_000)).toBe(7_000);
  });
});
