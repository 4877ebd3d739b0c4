import { beforeEach, expect, it } from 'vitest';
import type { Clock } from '../../../ports/clock.ts';
import { EcrLoginCache } from './ecr-login-cache.ts';

const hours = 3_600_000;

let now: number;
let asked: number;
let lifetime: number;
let cache: EcrLoginCache;

beforeEach(() => {
  now = 1_000_000_000_000;
  asked = 0;
  lifetime = 12 * hours;
  const clock: Clock = { now: () => now, sleep: async () => undefined };
  const login = async () => {
    asked += 1;
    return { username: 'AWS', password: `password-${String(asked)}`, expiresAt: now + lifetime };
  };
  cache = new EcrLoginCache({ login }, clock);
});

it('sends one request for concurrent callers', async () => {
  const logins = await Promise.all([cache.get(), cache.get(), cache.get()]);
  expect(logins.map(({ password }) => password)).toEqual(['password-1', 'password-1', 'password-1']);
});

it('keeps a login until half an hour before it expires', async () => {
  await cache.get();
  now += 11.4 * hours;
  await expect(cache.get()).resolves.toMatchObject({ password: 'password-1' });
  now += 0.2 * hours;
  await expect(cache.get()).resolves.toMatchObject({ password: 'password-2' });
});

it('replaces a refused login, with one request for all callers that hold it', async () => {
  const refused = await cache.get();
  const logins = await Promise.all([cache.get(refused), cache.get(refused)]);
  expect(logins.map(({ password }) => password)).toEqual(['password-2', 'password-2']);
  await expect(cache.get(refused)).resolves.toMatchObject({ password: 'password-2' });
});

it('returns when to refresh', async () => {
  await expect(cache.get()).resolves.toMatchObject({ expiresAt: now + 11.5 * hours });
});

it('uses a login that seems to have expired, since the local clock may be wrong', async () => {
  lifetime = -1 * hours;
  const { expiresAt } = await cache.get();
  expect(expiresAt).toBeGreaterThan(now);
  await cache.get();
  expect(asked).toBe(1);
});

it('retries after a failure', async () => {
  let broken = true;
  const login = async () => {
    if (broken) throw new Error('no answer');
    return { username: 'AWS', password: 'p', expiresAt: now + lifetime };
  };
  const failing = new EcrLoginCache({ login }, { now: () => now, sleep: async () => undefined });
  await expect(failing.get()).rejects.toThrow('no answer');
  broken = false;
  await expect(failing.get()).resolves.toMatchObject({ password: 'p' });
});
