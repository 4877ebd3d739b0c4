import { expect, it } from 'vitest';
import { apiBed } from '../../test/helpers/api-bed.ts';
import { pollUntil } from '../../test/helpers/poll-until.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { Diagnosis } from './parts.ts';
import { diagnosisSchema } from './schemas/diagnosis-schema.ts';

const found: Diagnosis = {
  status: 'problem',
  checks: [
    { name: 'engine', status: 'ok', detail: 'Docker Engine 28.5', advice: null, code: null },
    { name: 'git', status: 'problem', detail: 'no token', advice: 'set one', code: 'GitAuthFailed' },
  ],
};

it('runs the checks of doctor, once for callers at the same time and for a while', async () => {
  let now = Date.UTC(2026, 2, 1);
  let runs = 0;
  const clock = { now: () => now, sleep: async () => undefined };
  const bed = await apiBed({ parts: { clock, diagnose: async () => ((runs += 1), found) } });
  const ask = () => bed.call({ method: 'GET', url: '/v1/diagnosis' });
  const [one, other] = await Promise.all([ask(), ask()]);
  expect([one.json, other.json]).toEqual([found, found]);
  expect(diagnosisSchema.parse(one.json)).toEqual(found);
  expect(runs).toBe(1);
  now += 31_000;
  await ask();
  expect(runs).toBe(2);
});

it('runs no checks beside those that take long', async () => {
  let now = Date.UTC(2026, 2, 1);
  let runs = 0;
  let end: (diagnosis: Diagnosis) => void = () => undefined;
  const clock = { now: () => now, sleep: async () => undefined };
  const diagnose = () => {
    runs += 1;
    return new Promise<Diagnosis>((resolve) => (end = resolve));
  };
  const bed = await apiBed({ parts: { clock, diagnose } });
  const ask = () => bed.call({ method: 'GET', url: '/v1/diagnosis' });
  const first = ask();
  await pollUntil('the checks to begin', () => runs === 1);
  now += 90_000;
  const second = ask();
  await new Promise((resolve) => setTimeout(resolve, 50));
  end(found);
  expect([(await first).json, (await second).json, runs]).toEqual([found, found, 1]);
});

it('lets only an administrator start checks, and repeats failed ones', async () => {
  let runs = 0;
  const bed = await apiBed({
    parts: {
      diagnose: () => {
        runs += 1;
        return Promise.reject(new TwinhullError('SettingInvalid', 'no engine is set'));
      },
    },
  });
  for (const scope of ['read', 'build'] as const) {
    const headers = await bed.token(scope);
    expect((await bed.call({ method: 'GET', url: '/v1/diagnosis', headers })).status).toBe(403);
  }
  for (let n = 1; n <= 2; n += 1) {
    expect((await bed.call({ method: 'GET', url: '/v1/diagnosis' })).json).toMatchObject({ code: 'SettingInvalid' });
    expect(runs).toBe(n);
  }
});
