import { expect, it } from 'vitest';
import { formatJobId, jobKeyOf, parseJobId } from './job-observation.ts';

const containerId = '0123456789ab'.padEnd(64, 'c');

it('parses the container and engine that it formats', () => {
  const id = { containerId, engine: 'ssh://me@far:22' };
  expect(parseJobId(formatJobId(id))).toEqual(id);
});

it.each(['', containerId, `${containerId}@`, `short@unix:///x`, `../${containerId}@unix:///x`])(
  'rejects %j as an id',
  (text) => {
    expect(parseJobId(text)).toBeUndefined();
  },
);

it('uses the first 12 digits as job key', () => {
  expect(jobKeyOf(containerId)).toBe('0123456789ab');
});
