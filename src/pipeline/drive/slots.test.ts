import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryBuild } from '../../../test/helpers/arbitrary-builds.ts';
import { sampleBuild, samplePlan } from '../../../test/helpers/sample-builds.ts';
import type { Build, JobState } from '../../domain/build.ts';
import { isEnded } from '../../domain/build.ts';
import { allotSlots } from './slots.ts';

function buildOf(...states: readonly JobState[]): Build {
  const build = sampleBuild(samplePlan());
  return { ...build, jobs: build.jobs.map((job, index) => ({ ...job, state: states[index] ?? 'pending' })) };
}

const given = (builds: readonly Build[], limit: number | undefined) => {
  const slots = allotSlots(builds, limit);
  return builds.map(({ id }) => slots.get(id));
};

describe('slots', () => {
  it('gives each build all it wants without a limit', () => {
    expect(given([buildOf(), buildOf()], undefined)).toEqual([2, 2]);
  });

  it('lets both jobs of the older build start before a later build', () => {
    expect(given([buildOf(), buildOf(), buildOf()], 3)).toEqual([2, 1, 0]);
  });

  it('counts the active jobs of all builds', () => {
    expect(given([buildOf('active', 'active'), buildOf()], 3)).toEqual([0, 1]);
    expect(given([buildOf('active', 'active'), buildOf()], 1)).toEqual([0, 0]);
  });

  it('gives none to a build that has ended', () => {
    expect(given([{ ...buildOf(), state: 'failed' }, buildOf()], 2)).toEqual([0, 2]);
  });

  it('never gives more than available or wanted', () => {
    fc.assert(
      fc.property(fc.array(arbitraryBuild, { maxLength: 6 }), fc.nat({ max: 8 }), (builds, limit) => {
        const slots = allotSlots(builds, limit);
        const active = builds.flatMap(({ jobs }) => jobs).filter(({ state }) => state === 'active').length;
        const sum = [...slots.values()].reduce((total, each) => total + each, 0);
        expect(sum).toBeLessThanOrEqual(Math.max(0, limit - active));
        for (const build of builds) {
          const wanted = isEnded(build) ? 0 : build.jobs.filter(({ state }) => state === 'pending').length;
          expect(slots.get(build.id)).toBeLessThanOrEqual(wanted);
        }
      }),
    );
  });
});
