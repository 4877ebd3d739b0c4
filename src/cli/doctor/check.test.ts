import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Check, ok, problem, runChecks, warning, worstStatus } from './check.ts';

it('runs checks concurrently, and reports in their order', async () => {
  const order: string[] = [];
  const check = (name: string, delay: number): Check => ({
    name,
    run: async () => {
      await setTimeout(delay);
      order.push(name);
      return ok(name, 'well');
    },
  });
  const results = await runChecks([check('slow', 30), check('quick', 0)]);
  expect(order).toEqual(['quick', 'slow']);
  expect(results.map(({ name }) => name)).toEqual(['slow', 'quick']);
});

it('turns errors of Twinhull and timeouts into problems', async () => {
  const results = await runChecks([
    {
      name: 'engine',
      run: () => Promise.reject(new TwinhullError('EngineUnreachable', 'no engine at /x', { hint: 'start it' })),
    },
    { name: 'registry', timeLimit: 10, run: () => new Promise(() => undefined) },
    { name: 'several', run: async () => [ok('one', 'a'), ok('two', 'b')] },
  ]);
  expect(results).toEqual([
    { name: 'engine', status: 'problem', detail: 'no engine at /x', advice: 'start it', code: 'EngineUnreachable' },
    { name: 'registry', status: 'problem', detail: 'not checked within 0.01 s', advice: expect.any(String) },
    ok('one', 'a'),
    ok('two', 'b'),
  ]);
});

it('rethrows other errors', async () => {
  await expect(runChecks([{ name: 'x', run: () => Promise.reject(new RangeError('a bug')) }])).rejects.toThrow('a bug');
});

it('returns the worst status', () => {
  const [well, poor, bad] = [ok('a', ''), warning('b', '', ''), problem('c', '', '')];
  expect([worstStatus([]), worstStatus([well]), worstStatus([well, poor]), worstStatus([bad, poor, well])]).toEqual([
    'ok',
    'ok',
    'warning',
    'problem',
  ]);
});
