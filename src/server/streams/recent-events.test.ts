import { expect, it } from 'vitest';
import { RecentEvents } from './recent-events.ts';

const event = (id: number, bytes = 10) => ({ id, wire: Buffer.alloc(bytes) });

it('finds the next event after an id, with an optional filter', () => {
  const recent = new RecentEvents(5, 1_000);
  expect([recent.from, recent.latest, recent.next(5)]).toEqual([5, 5, undefined]);
  for (const id of [6, 9, 10, 14]) recent.push(event(id));
  expect([5, 6, 7, 8, 9, 13, 14, 99].map((id) => recent.next(id)?.id)).toEqual([
    6,
    9,
    9,
    9,
    10,
    14,
    undefined,
    undefined,
  ]);
  expect(recent.next(6, ({ id }) => id % 7 === 0)?.id).toBe(14);
  expect([recent.from, recent.latest]).toEqual([5, 14]);
});

it('keeps a limited number of bytes, and reports from which id it is complete', () => {
  const recent = new RecentEvents(0, 100);
  for (let id = 1; id <= 1_000; id += 1) recent.push(event(id));
  expect([recent.from, recent.latest]).toEqual([990, 1_000]);
  expect(recent.next(990)?.id).toBe(991);
  recent.push(event(1_001, 101));
  expect([recent.from, recent.latest, recent.next(0)]).toEqual([1_001, 1_001, undefined]);
});
