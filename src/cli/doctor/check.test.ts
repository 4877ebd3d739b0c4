import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { type Check, ok, problem, runChecks, warning, worstStatus } from './check.ts';

it('runs checks side by side, and reports in their own order', async () => {
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

it('makes a problem of what an error of ours says, and of silence', async () => {
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
    { name: 'registry', status: 'problem', detail: 'not found out within 0.01 s', advice: expect.any(String) },
    ok('one', 'a'),
    ok('two', 'b'),
  ]);
});

it('does not hide an error that is none of ours', async () => {
  await expect(runChecks([{ name: 'x', run: () => Promise.reject(new RangeError('a bug')) }])).rejects.toThrow('a bug');
});

it('the worst counts', () => {
  const [well, poor, bad] = [ok('a', ''), warning('b', '', ''), problem('c', '', '')];
  expect([worstStatus([]), worstStatus([well]), worstStatus([well, poor]), worstStatus([bad, poor, well])]).toEqual([
    'ok',
    'ok',
    'warning',
    'problem',
  ]);
});
