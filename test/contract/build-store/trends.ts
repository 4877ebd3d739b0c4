import { expect, it } from 'vitest';
import { attemptName, type Build } from '../../../src/domain/build.ts';
import type { BuildEvent } from '../../../src/domain/build-event.ts';
import type { PhaseSpan } from '../../../src/domain/failure.ts';
import { dayOf } from '../../../src/domain/job-measures.ts';
import type { BuildStore } from '../../../src/ports/build-store.ts';
import { amd64, arm64 } from '../../helpers/sample-builds.ts';
import { createBuild, freshStore, type OpenStore, start } from './open-store.ts';

interface Run {
  readonly platform?: typeof arm64;
  readonly result?: 'succeeded' | 'failed' | 'stopped';
  /** In seconds. */
  readonly waited?: number;
  readonly ran: number;
  readonly phases?: readonly PhaseSpan[];
}

const span = (phase: PhaseSpan['phase'], seconds: number, exitCode = 0): PhaseSpan => {
  return { phase, startSeconds: 0, seconds, exitCode };
};

/** One attempt from its intent to its end, recorded at once. */
async function run(store: BuildStore, build: Build, { result = 'succeeded', waited = 1, ran, ...more }: Run) {
  const platform = more.platform ?? arm64;
  const attempt = (build.jobs.find((job) => job.platform === platform)?.attempts.length ?? 0) + 1;
  const job = { platform, attempt };
  const startedAt = build.createdAt + waited * 1000;
  const finishedAt = startedAt + ran * 1000;
  const events: BuildEvent[] = [
    { ...job, type: 'job.intended', name: attemptName(build.id, platform, attempt) },
    { ...job, type: 'job.started', startedAt, jobKey: 'key' },
    { ...job, type: 'job.ended', result, finishedAt, phases: more.phases ?? [] },
  ];
  return store.append(build, events, build.createdAt);
}

const day = dayOf(start);
const noSteps = { cachedSteps: undefined, steps: undefined };
const nothing = { succeeded: 0, failed: 0, stopped: 0, p50Seconds: undefined, p95Seconds: undefined, ...noSteps };

export function trendCases(open: OpenStore): void {
  it('has none of a recipe that was never counted', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    await run(store, build, { ran: 9 });
    const some = await store.trends({ from: day - 9, to: day + 9, recipe: 'unknown' });
    expect(some).toEqual({ trends: [], recipes: [build.recipe] });
  });

  it('counts the stages of ended attempts by day and platform', async () => {
    const { store } = await freshStore(open);
    expect(await store.trends({ from: day, to: day })).toEqual({ trends: [], recipes: [] });
    const { build } = await createBuild(store);
    const phases = [
      span('clone', 2),
      span('build', 60),
      span('build', 66),
      { phase: 'push', startSeconds: 9 } as const,
    ];
    const after = await run(store, build, { waited: 30, ran: 200, phases });
    await run(store, after, { platform: amd64, ran: 9, result: 'failed', phases: [span('build', 5, 47)] });
    const { trends, recipes } = await store.trends({ from: day, to: day });
    expect(recipes).toEqual([build.recipe]);
    const once = (seconds: number) => ({ ...nothing, succeeded: 1, p50Seconds: seconds, p95Seconds: seconds });
    expect(trends).toEqual([
      { day, platform: amd64, stage: 'build', ...nothing, failed: 1 },
      { day, platform: amd64, stage: 'running', ...nothing, failed: 1 },
      { day, platform: amd64, stage: 'waiting', ...once(1) },
      { day, platform: arm64, stage: 'build', ...once(130) },
      { day, platform: arm64, stage: 'clone', ...once(2) },
      { day, platform: arm64, stage: 'running', ...once(200) },
      { day, platform: arm64, stage: 'waiting', ...once(30) },
    ]);
  });

  it('returns the median and the 95th percentile of what succeeded, of one recipe or of all', async () => {
    const { store } = await freshStore(open);
    for (let ran = 1; ran <= 20; ran += 1) {
      const { build } = await createBuild(store, { recipe: ran <= 10 ? 'first' : 'second' });
      await run(store, build, { ran });
    }
    const { build: failed } = await createBuild(store, { recipe: 'first' });
    await run(store, failed, { ran: 99, result: 'failed' });
    const { build: stopped } = await createBuild(store, { recipe: 'first' });
    await run(store, stopped, { ran: 99, result: 'stopped' });
    const running = async (recipe?: string) =>
      (await store.trends({ from: day, to: day, recipe })).trends.filter(({ stage }) => stage === 'running');
    const counted = { day, platform: arm64, stage: 'running' };
    expect(await running()).toEqual([
      { ...counted, succeeded: 20, failed: 1, stopped: 1, p50Seconds: 10, p95Seconds: 19, ...noSteps },
    ]);
    expect(await running('first')).toEqual([
      { ...counted, succeeded: 10, failed: 1, stopped: 1, p50Seconds: 5, p95Seconds: 10, ...noSteps },
    ]);
    expect(await running('second')).toEqual([
      { ...counted, succeeded: 10, failed: 0, stopped: 0, p50Seconds: 15, p95Seconds: 20, ...noSteps },
    ]);
    expect(await store.trends({ from: day, to: day, recipe: 'third' })).toEqual({
      trends: [],
      recipes: ['first', 'second'],
    });
  });

  it('adds up the steps that the layer cache provided, with the stage build', async () => {
    const { store } = await freshStore(open);
    const built = (cached: number, steps: number): PhaseSpan => {
      return { ...span('build', 9), cache: { outcome: 'used', cached, steps } };
    };
    for (const [recipe, phases] of [
      ['first', [built(3, 7), built(1, 2)]],
      ['first', [built(0, 7)]],
      ['second', [built(5, 5)]],
      ['third', [span('build', 9)]],
    ] as const) {
      const { build } = await createBuild(store, { recipe });
      await run(store, build, { ran: 9, phases });
    }
    const stepsOf = async (recipe?: string) =>
      (await store.trends({ from: day, to: day, recipe })).trends.map(({ stage, cachedSteps, steps }) => {
        return [stage, cachedSteps, steps];
      });
    const others = [
      ['running', undefined, undefined],
      ['waiting', undefined, undefined],
    ];
    expect(await stepsOf()).toEqual([['build', 9, 21], ...others]);
    expect(await stepsOf('first')).toEqual([['build', 4, 16], ...others]);
    expect(await stepsOf('third')).toEqual([['build', undefined, undefined], ...others]);
  });

  it('counts attempts that end after the trends of their day were read', async () => {
    const { store, connect } = await freshStore(open);
    const other = await connect();
    const read = async (from: BuildStore, recipe?: string) =>
      (await from.trends({ from: day - 3, to: day + 2, recipe })).trends
        .filter(({ stage }) => stage === 'running')
        .map((trend) => [trend.day - day, trend.succeeded]);
    const { build: first } = await createBuild(store);
    await run(store, first, { ran: 5 });
    const { build: next } = await createBuild(store, { createdAt: start + 86_400_000, recipe: 'second' });
    await run(store, next, { ran: 5 });
    for (let times = 1; times <= 2; times += 1) {
      expect(await read(store)).toEqual([
        [0, 1],
        [1, 1],
      ]);
      expect(await read(other, 'second')).toEqual([[1, 1]]);
    }
    const { build: late } = await createBuild(other);
    await run(other, late, { ran: 7 });
    expect(await read(store)).toEqual([
      [0, 2],
      [1, 1],
    ]);
    expect(await read(store, first.recipe)).toEqual([[0, 2]]);
    expect((await store.trends({ from: day - 3, to: day + 2 })).recipes).toEqual([first.recipe, 'second']);
  });

  it('keeps what it counted of a day, each attempt once, and after the build was removed', async () => {
    const { store } = await freshStore(open);
    const { build: today } = await createBuild(store);
    const { build: tomorrow } = await createBuild(store, { createdAt: start + 86_400_000 });
    const ended = await run(store, today, { ran: 5 });
    await run(store, tomorrow, { ran: 7 });
    await run(store, tomorrow, { ran: 9 }).catch(() => undefined);
    const last = await store.append(ended, [{ type: 'job.released', platform: arm64, attempt: 1 }], start + 9);
    const { version } = await store.append(last, [{ type: 'build.cancelled' }], start + 10);
    expect(await store.deleteBuild(today.id, version)).toBe(true);
    const daysOf = async (from: number, to: number) =>
      (await store.trends({ from, to })).trends
        .filter(({ stage }) => stage === 'running')
        .map((trend) => [trend.day, trend.succeeded, trend.p50Seconds]);
    expect(await daysOf(day, day + 1)).toEqual([
      [day, 1, 5],
      [day + 1, 1, 7],
    ]);
    expect(await daysOf(day + 1, day + 9)).toEqual([[day + 1, 1, 7]]);
    expect(await daysOf(day - 9, day - 1)).toEqual([]);
  });
}
