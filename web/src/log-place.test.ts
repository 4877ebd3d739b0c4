import { expect, it } from 'vitest';
import { eventCatalogue } from '../../src/domain/event-catalogue.ts';
import { eventTypes } from './event-types.ts';
import { formatPlace, parsePlace } from './log-place.ts';
import { ticks } from './ticks.ts';

it.each([
  ['#arm64-L120', { platform: 'arm64', attempt: undefined, from: 120, to: 120 }],
  ['#arm64-L120-L140', { platform: 'arm64', attempt: undefined, from: 120, to: 140 }],
  ['#amd64-2-L7', { platform: 'amd64', attempt: 2, from: 7, to: 7 }],
])('reads %s, and writes it again', (hash, place) => {
  expect(parsePlace(hash)).toEqual(place);
  expect(formatPlace(place)).toBe(hash);
});

it('reads a range in either direction, and nothing else', () => {
  expect(parsePlace('#arm64-L9-L3')).toMatchObject({ from: 3, to: 9 });
  for (const hash of ['', '#main', '#riscv-L1', '#arm64-L', '#arm64-L1x', '#arm64-L99999999999'])
    expect(parsePlace(hash)).toBeUndefined();
});

it('listens for every type of event', () => {
  expect([...eventTypes].sort()).toEqual(Object.keys(eventCatalogue).sort());
});

it.each([1, 7, 59, 200, 4000, 90_000])('marks an axis of %d seconds with few round moments', (total) => {
  const marks = ticks(total);
  expect(marks[0]).toBe(0);
  expect(marks.length).toBeLessThan(9);
  expect(Math.max(...marks)).toBeLessThanOrEqual(total);
});
