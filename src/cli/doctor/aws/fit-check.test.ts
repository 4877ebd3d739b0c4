import { expect, it } from 'vitest';
import { judgeFit } from './fit-check.ts';

const xlarge = { name: 'c8g.xlarge', platforms: ['linux/arm64'], vcpus: 4, memory: 8192 } as const;
const large = { ...xlarge, name: 'm8g.2xlarge', vcpus: 8, memory: 32_768 };
const judge = (vcpus: number, memory: number, types: (typeof xlarge | typeof large)[] = [xlarge]) =>
  judgeFit('hosts arm64', { vcpus, memory }, types);

it('accepts a job that fills its host', () => {
  expect(judge(4, 7000)).toEqual([]);
});

it('warns of two jobs on one host', () => {
  expect(judge(2, 3500)).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('fit on one c8g.xlarge') },
  ]);
  expect(judge(4, 7000, [xlarge, large])).toMatchObject([
    { detail: expect.stringContaining('fit on one m8g.2xlarge') },
  ]);
});

it('reports a job that fits on no host, since part of the memory is always in use', () => {
  for (const [vcpus, memory] of [
    [4, 8192],
    [8, 7000],
  ] as const)
    expect(judge(vcpus, memory)).toMatchObject([
      { status: 'problem', detail: expect.stringContaining('more than any of these types has') },
    ]);
});
