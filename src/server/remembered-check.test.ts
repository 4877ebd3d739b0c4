import { expect, it } from 'vitest';
import { rememberedCheck } from './remembered-check.ts';

it('runs once for all callers within ten seconds, and again after a failure', async () => {
  let [now, calls] = [0, 0];
  let fail = false;
  const asked = rememberedCheck(
    async () => {
      calls += 1;
      if (fail) throw new Error('no');
    },
    { now: () => now, sleep: async () => undefined },
  );
  await Promise.all([asked(['linux/arm64']), asked(['linux/arm64'], []), asked(['linux/arm64'])]);
  expect(calls).toBe(1);
  await asked(['linux/amd64']);
  await asked(['linux/arm64'], ['pip']);
  expect(calls).toBe(3);
  now = 10_000;
  await asked(['linux/arm64']);
  expect(calls).toBe(3);
  [now, fail] = [10_001, true];
  await Promise.all([1, 2].map(() => expect(asked(['linux/arm64'])).rejects.toThrow('no')));
  expect(calls).toBe(4);
  fail = false;
  await asked(['linux/arm64']);
  expect(calls).toBe(5);
});
