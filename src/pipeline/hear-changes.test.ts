import { describe, expect, it } from 'vitest';
import { hearChanges } from './hear-changes.ts';
import { Lookout } from './lookout.ts';

function bed() {
  const lookout = new Lookout({ intervalMilliseconds: 1_000 });
  const warnings: string[] = [];
  const measured: string[] = [];
  let wakes = 0;
  const listener = hearChanges({
    lookout,
    wake: () => (wakes += 1),
    reporter: { warning: (text) => warnings.push(text) },
    measures: {
      leaseHeld: () => undefined,
      passed: () => undefined,
      hearing: (hears) => measured.push(hears ? 'hears' : 'deaf'),
      news: (kind) => measured.push(kind),
      undeleted: (messages) => measured.push(`${String(messages)} undeleted`),
    },
  });
  return { lookout, warnings, measured, listener, wakes: () => wakes };
}

describe('what the backend tells', () => {
  it('wakes the driver and is counted', () => {
    const { listener, measured, wakes, warnings } = bed();
    listener.hearing(true);
    listener.changed('a');
    listener.changed();
    expect(wakes()).toBe(3);
    expect(measured).toEqual(['hears', 'changed', 'changed']);
    expect(warnings).toEqual([]);
  });

  it('is missed once, and once welcome again', () => {
    const { listener, lookout, warnings } = bed();
    listener.hearing(true);
    expect(lookout.hears).toBe(true);
    listener.hearing(false, new Error('connect ECONNREFUSED'));
    expect(lookout.hears).toBe(false);
    listener.hearing(true);
    expect(lookout.hears).toBe(true);
    expect(warnings).toEqual([
      expect.stringContaining('connect ECONNREFUSED'),
      expect.stringContaining('heard of again'),
    ]);
  });

  it('may be of no use: counted each time, said once for each kind', () => {
    const { listener, measured, warnings, wakes } = bed();
    for (const why of ['malformed', 'foreign', 'malformed', 'foreign'] as const) listener.unusable(why, `it is ${why}`);
    expect(measured).toEqual(['malformed', 'foreign', 'malformed', 'foreign']);
    expect(warnings).toEqual([expect.stringContaining('it is malformed'), expect.stringContaining('it is foreign')]);
    expect(wakes()).toBe(0);
  });

  it('may stay in its queue: counted each time, said once where that lasts', () => {
    const { listener, measured, warnings } = bed();
    listener.undeleted(2, new Error('try again'), false);
    expect(warnings).toEqual([]);
    for (const messages of [1, 10]) listener.undeleted(messages, new Error('not authorized'), true);
    expect(measured).toEqual(['2 undeleted', '1 undeleted', '10 undeleted']);
    expect(warnings).toEqual([expect.stringContaining('not authorized')]);
  });
});
