import { describe, expect, it } from 'vitest';
import { changeListener } from './change-listener.ts';
import { Schedule } from './schedule.ts';

function bed() {
  const schedule = new Schedule();
  const warnings: string[] = [];
  const measured: string[] = [];
  let wakes = 0;
  const listener = changeListener({
    schedule,
    wake: () => (wakes += 1),
    reporter: { warning: (text) => warnings.push(text) },
    measures: {
      leaseHeld: () => undefined,
      passed: () => undefined,
      eventsAvailable: (isAvailable) => measured.push(isAvailable ? 'available' : 'unavailable'),
      queueMessage: (kind) => measured.push(kind),
      undeleted: (messages) => measured.push(`${String(messages)} undeleted`),
    },
  });
  return { schedule, warnings, measured, listener, wakes: () => wakes };
}

describe('events of the backend', () => {
  it('wake the driver and are counted', () => {
    const { listener, measured, wakes, warnings } = bed();
    listener.onConnectionChange(true);
    listener.changed('a');
    listener.changed();
    expect(wakes()).toBe(3);
    expect(measured).toEqual(['available', 'changed', 'changed']);
    expect(warnings).toEqual([]);
  });

  it('cause one warning when they become unavailable, and one when they return', () => {
    const { listener, schedule, warnings } = bed();
    listener.onConnectionChange(true);
    expect(schedule.eventsAvailable).toBe(true);
    listener.onConnectionChange(false, new Error('connect ECONNREFUSED'));
    expect(schedule.eventsAvailable).toBe(false);
    listener.onConnectionChange(true);
    expect(schedule.eventsAvailable).toBe(true);
    expect(warnings).toEqual([
      expect.stringContaining('connect ECONNREFUSED'),
      expect.stringContaining('available again'),
    ]);
  });

  it('that are unusable are counted each time, with one warning per kind', () => {
    const { listener, measured, warnings, wakes } = bed();
    for (const why of ['malformed', 'foreign', 'malformed', 'foreign'] as const) listener.unusable(why, `it is ${why}`);
    expect(measured).toEqual(['malformed', 'foreign', 'malformed', 'foreign']);
    expect(warnings).toEqual([expect.stringContaining('it is malformed'), expect.stringContaining('it is foreign')]);
    expect(wakes()).toBe(0);
  });

  it('that stay in the queue are counted each time, with one warning if that is permanent', () => {
    const { listener, measured, warnings } = bed();
    listener.undeleted(2, new Error('try again'), false);
    expect(warnings).toEqual([]);
    for (const messages of [1, 10]) listener.undeleted(messages, new Error('not authorized'), true);
    expect(measured).toEqual(['2 undeleted', '1 undeleted', '10 undeleted']);
    expect(warnings).toEqual([expect.stringContaining('not authorized')]);
  });
});
