import { expect, it } from 'vitest';
import type { PastRun } from '../../domain/build-estimate.ts';
import { measuredPhases } from './measured-phases.ts';

const run = (platform: PastRun['platform'], clone: number): PastRun => ({
  ...{ buildId: 'a', platform, intendedAt: 0, startedAt: 1000, finishedAt: 9000 },
  phases: [
    { phase: 'clone', seconds: clone },
    { phase: 'build', image: 'task', seconds: 20 },
    { phase: 'build', image: 'submit', seconds: 30 },
    { phase: 'cleanup' },
  ],
});

it('takes the median of each phase, and all images of a phase together', async () => {
  const runs = [run('linux/arm64', 3), run('linux/amd64', 4), run('linux/arm64', 5), run('linux/arm64', 9)];
  const asked: unknown[] = [];
  const store = { pastRuns: async (query: unknown) => (asked.push(query), runs) };
  expect(await measuredPhases('model', store)).toEqual({
    arm64: { clone: 5, build: 50 },
    amd64: { clone: 4, build: 50 },
  });
  expect(asked).toEqual([{ recipe: 'model', builds: 50 }]);
});

it('refuses a recipe without builds on a platform', async () => {
  const store = { pastRuns: async () => [run('linux/arm64', 3)] };
  await expect(measuredPhases('model', store)).rejects.toMatchObject({
    code: 'ArgumentInvalid',
    message: 'the store has no published build of recipe "model" with a job on linux/amd64',
  });
});
