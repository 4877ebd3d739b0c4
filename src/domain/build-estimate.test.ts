import { expect, it } from 'vitest';
import { estimateFrom, type PastRun } from './build-estimate.ts';

const [arm64, amd64] = ['linux/arm64', 'linux/amd64'] as const;

/** A job that was submitted at 0, and whose `build` phase took all but a second of its run. */
function run(buildId: string, platform: PastRun['platform'], waits: number, runs: number): PastRun {
  return {
    ...{ buildId, platform, intendedAt: 0, startedAt: waits * 1000, finishedAt: (waits + runs) * 1000 },
    phases: [{ phase: 'clone', seconds: 1 }, { phase: 'build', image: 'app', seconds: runs - 1 }, { phase: 'cleanup' }],
  };
}

it('gives the median and the 90th percentile of each platform and phase', () => {
  const runs = [10, 20, 30, 40, 50, 60, 70, 80, 90, 1_000].map((seconds, at) => run(`b${at}`, arm64, at, seconds));
  expect(estimateFrom(runs, [arm64])).toEqual({
    builds: 10,
    buildSeconds: { median: 54, p90: 98 },
    cost: null,
    jobs: [
      {
        platform: arm64,
        runs: 10,
        waitingSeconds: { median: 4, p90: 8 },
        runSeconds: { median: 50, p90: 90 },
        phases: [
          { phase: 'clone', image: null, median: 1, p90: 1 },
          { phase: 'build', image: 'app', median: 49, p90: 89 },
        ],
      },
    ],
  });
});

it('counts a build until its later job has ended, and only builds with a job on each platform', () => {
  const runs = [run('a', arm64, 5, 10), run('a', amd64, 1, 60), run('b', arm64, 0, 500)];
  expect(estimateFrom(runs, [arm64, amd64])).toMatchObject({ builds: 2, buildSeconds: { median: 61, p90: 61 } });
  expect(estimateFrom(runs, [arm64])).toMatchObject({ builds: 2, buildSeconds: { median: 15, p90: 500 } });
});

it('knows nothing without history, or with history of other platforms', () => {
  const unknown = { platform: amd64, runs: 0, waitingSeconds: null, runSeconds: null, phases: [] };
  for (const runs of [[], [run('a', arm64, 1, 2)]])
    expect(estimateFrom(runs, [amd64])).toEqual({ builds: 0, buildSeconds: null, cost: null, jobs: [unknown] });
});

it('has no negative times where clocks differ', () => {
  const early: PastRun = { ...run('a', arm64, 0, 10), intendedAt: 3_000 };
  expect(estimateFrom([early], [arm64]).jobs[0]?.waitingSeconds).toEqual({ median: 0, p90: 0 });
});

it('costs the hosts of both jobs while they run, where both are known', () => {
  const runs = [run('a', arm64, 5, 1_800), run('a', amd64, 1, 360)];
  const prices = { [arm64]: 0.2, [amd64]: 0.5 };
  expect(estimateFrom(runs, [arm64, amd64], prices).cost).toBe(0.15);
  expect(estimateFrom(runs.slice(0, 1), [arm64, amd64], prices).cost).toBeNull();
  expect(estimateFrom(runs, [arm64, amd64]).cost).toBeNull();
});
