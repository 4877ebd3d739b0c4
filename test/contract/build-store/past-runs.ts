import { expect, it } from 'vitest';
import type { Build } from '../../../src/domain/build.ts';
import type { BuildEvent } from '../../../src/domain/build-event.ts';
import type { BuildStore } from '../../../src/ports/build-store.ts';
import { amd64, arm64, samplePlan } from '../../helpers/sample-builds.ts';
import { buildFailed, createBuild, freshStore, type OpenStore, start } from './open-store.ts';

export function pastRunCases(open: OpenStore): void {
  it('returns the jobs of published builds, those of the newest build first', async () => {
    const { store } = await freshStore(open);
    const older = await ended(store, 0, [succeeded(arm64, 1), succeeded(amd64, 1)]);
    const newer = await ended(store, 1, [succeeded(amd64, 1)]);
    const runs = await store.pastRuns({ ...ofSample, builds: 9 });
    expect(runs.map(({ buildId, platform }) => [buildId, platform])).toEqual([
      [newer.id, amd64],
      [older.id, amd64],
      [older.id, arm64],
    ]);
    expect(runs[0]).toEqual({
      ...{ buildId: newer.id, platform: amd64 },
      ...{ intendedAt: start + 10, startedAt: start + 2_000, finishedAt: start + 9_000 },
      phases: [{ phase: 'clone', seconds: 1 }, { phase: 'build', image: 'task', seconds: 5 }, { phase: 'cleanup' }],
    });
    expect((await store.pastRuns({ ...ofSample, builds: 1 })).map(({ buildId }) => buildId)).toEqual([newer.id]);
  });

  it('leaves out other recipes and repositories, builds that were not published, and failed attempts', async () => {
    const { store } = await freshStore(open);
    const failed = succeeded(arm64, 1).map((event) =>
      event.type === 'job.ended' ? { ...event, result: 'failed' as const, failure } : event,
    );
    const retried = await ended(store, 0, [failed, succeeded(arm64, 2)]);
    await ended(store, 1, [succeeded(arm64, 1)], [buildFailed]);
    await ended(store, 2, [succeeded(arm64, 1)], []);
    await ended(store, 3, [succeeded(arm64, 1)], [published], { recipe: 'other' });
    await ended(store, 4, [succeeded(arm64, 1)], [published], { repository: 'https://git.example/acme/other.git' });
    const runs = await store.pastRuns({ ...ofSample, builds: 9 });
    expect(runs.map(({ buildId }) => buildId)).toEqual([retried.id]);
    expect(await store.pastRuns({ recipe: 'sample', builds: 9 })).toHaveLength(2);
    expect(await store.pastRuns({ ...ofSample, recipe: 'unknown', builds: 9 })).toEqual([]);
  });
}

const ofSample = { recipe: 'sample', repository: samplePlan().source.repository };
const published: BuildEvent = { type: 'build.published' };
const failure = { code: 'JobFailed', message: 'the step failed', hint: 'fix it', infrastructure: false } as const;

/** The events of an attempt that waits two seconds and runs seven. */
function succeeded(platform: typeof arm64, attempt: number): readonly BuildEvent[] {
  const job = { platform, attempt };
  return [
    { ...job, type: 'job.intended', name: `job-${String(Math.random())}` },
    { ...job, type: 'job.started', startedAt: start + 2_000, jobKey: 'key' },
    {
      ...{ ...job, type: 'job.ended', result: 'succeeded', finishedAt: start + 9_000, exitCode: 0 },
      phases: [
        { phase: 'clone', startSeconds: 0, seconds: 1, exitCode: 0 },
        { phase: 'build', image: 'task', startSeconds: 1, seconds: 5, exitCode: 0 },
        { phase: 'cleanup', startSeconds: 6 },
      ],
    },
  ];
}

async function ended(
  store: BuildStore,
  order: number,
  attempts: readonly (readonly BuildEvent[])[],
  end: readonly BuildEvent[] = [published],
  change: Partial<Build> = {},
): Promise<Build> {
  const { build } = await createBuild(store, { createdAt: start + order, ...change });
  return store.append(build, [...attempts.flat(), ...end], start + 10);
}
