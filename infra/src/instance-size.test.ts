import { expect, it } from 'vitest';
import { vcpusOf } from './instance-size.ts';

it.each([
  ['m8g.xlarge', 4],
  ['c7i.2xlarge', 8],
  ['m8g.48xlarge', 192],
  ['m8g.large', undefined],
  ['m7i.metal-24xl', undefined],
  ['optimal', undefined],
])('%s has %s vCPUs', (instanceType, vcpus) => {
  expect(vcpusOf(instanceType)).toBe(vcpus);
});
