import { expect, it } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { apiBed } from '../../test/helpers/api-bed.ts';
import { arm64 } from '../../test/helpers/sample-builds.ts';
import { attemptName } from '../domain/build.ts';

const now = Date.UTC(2026, 2, 31, 23);
const clock = { now: () => now, sleep: async () => undefined };

it('returns the trends of the last days, of all recipes or of one', async () => {
  const bed = await apiBed({ parts: { clock } });
  const { build } = await createBuild(bed.stores.builds, { createdAt: now - 86_400_000 });
  const job = { platform: arm64, attempt: 1 };
  await bed.stores.builds.append(
    build,
    [
      { ...job, type: 'job.intended', name: attemptName(build.id, arm64, 1) },
      { ...job, type: 'job.started', startedAt: build.createdAt + 61_400, jobKey: 'key' },
      { ...job, type: 'job.ended', result: 'failed', finishedAt: build.createdAt + 99_000, phases: [] },
    ],
    build.createdAt,
  );
  const trends = async (query: string) => (await bed.call({ method: 'GET', url: `/v1/trends${query}` })).json;
  expect(await trends('')).toEqual({
    from: '2026-03-02',
    to: '2026-03-31',
    recipes: ['sample'],
    trends: [
      {
        ...{ day: '2026-03-30', platform: arm64, stage: 'running', succeeded: 0, failed: 1, stopped: 0 },
        ...{ p50Seconds: null, p95Seconds: null, cachedSteps: null, steps: null },
      },
      {
        ...{ day: '2026-03-30', platform: arm64, stage: 'waiting', succeeded: 1, failed: 0, stopped: 0 },
        ...{ p50Seconds: 61, p95Seconds: 61, cachedSteps: null, steps: null },
      },
    ],
  });
  expect(await trends('?days=1')).toMatchObject({ from: '2026-03-31', recipes: [], trends: [] });
  expect(await trends('?recipe=none')).toMatchObject({ recipes: ['sample'], trends: [] });
  expect(await trends('?days=367')).toMatchObject({ code: 'RequestInvalid' });
});
