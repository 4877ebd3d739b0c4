import { expect, it } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { apiBed } from '../../test/helpers/api-bed.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { systemClock } from '../ports/clock.ts';
import { driverMeters } from './metrics/driver-meters.ts';
import { Meters } from './metrics/meters.ts';

it('reports the backend by platform, the builds and who drives them', async () => {
  let now = Date.UTC(2026, 2, 1);
  let checks = 0;
  const bed = await apiBed({
    parts: {
      clock: { now: () => now, sleep: async () => undefined },
      backend: {
        check: async ([platform]) => {
          checks += 1;
          if (platform === 'linux/amd64')
            throw new TwinhullError('EngineUnreachable', 'no engine', { hint: 'start it' });
        },
      },
    },
  });
  const health = async () => (await bed.call({ method: 'GET', url: '/v1/health' })).json;
  expect(await health()).toMatchObject({ driver: null, lastEvent: 0 });
  await createBuild(bed.stores.builds, { createdAt: now });
  await bed.stores.builds.acquireLease('builder-7:123:abcdef01', now, 30_000);
  expect(await health()).toEqual({
    version: '0.0.0',
    node: process.versions.node,
    at: '2026-03-01T00:00:00.000Z',
    backend: [
      { platform: 'linux/arm64', ready: true, problem: null },
      {
        platform: 'linux/amd64',
        ready: false,
        problem: { code: 'EngineUnreachable', message: 'no engine', hint: 'start it' },
      },
    ],
    builds: expect.arrayContaining([
      { state: 'building', count: 1 },
      { state: 'failed', count: 0 },
    ]) as unknown,
    lastEvent: 1,
    driver: { host: 'builder-7', leaseExpiresAt: '2026-03-01T00:00:30.000Z' },
    passes: null,
    store: { name: null, seconds: 0 },
  });
  expect(checks).toBe(2);
  now += 16_000;
  await health();
  expect(checks).toBe(4);
});

it('reveals nothing of an unexpected error', async () => {
  const bed = await apiBed({ parts: { backend: { check: () => Promise.reject(new Error('password=1')) } } });
  const { text } = await bed.call({ method: 'GET', url: '/v1/health' });
  expect(text).toContain('the backend could not be checked');
  expect(text).not.toContain('password');
});

it('reports the passes of the replica that drives the builds, and its store', async () => {
  const meters = new Meters();
  const bed = await apiBed({ options: { meters, storeName: 'SQLite' } });
  const health = async () => (await bed.call({ method: 'GET', url: '/v1/health' })).json;
  expect(await health()).toMatchObject({ passes: null, store: { name: 'SQLite' } });
  const measures = driverMeters(meters, { ...systemClock, now: () => Date.UTC(2026, 2, 1) });
  measures.leaseHeld(true);
  expect(await health()).toMatchObject({ passes: { lastAt: null, jobEvents: false } });
  measures.passed({ seconds: 1, open: 3, polled: 2, lagSeconds: 4.5 });
  measures.eventsAvailable(true);
  const passes = { lastAt: '2026-03-01T00:00:00.000Z', lagSeconds: 4.5, openBuilds: 3, jobEvents: true };
  expect(await health()).toMatchObject({ passes });
  measures.leaseHeld(false);
  expect(await health()).toMatchObject({ passes: null });
});
