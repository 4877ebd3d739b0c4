import { expect, it } from 'vitest';
import { hostPricesOf } from './host-prices.ts';

it.each([
  [undefined, undefined],
  ['0.17', { 'linux/arm64': 0.17, 'linux/amd64': 0.17 }],
  ['0', { 'linux/arm64': 0, 'linux/amd64': 0 }],
  ['arm64=0.16,amd64=0.18', { 'linux/arm64': 0.16, 'linux/amd64': 0.18 }],
  ['amd64=1, arm64=2', { 'linux/arm64': 2, 'linux/amd64': 1 }],
])('reads %j', (text, prices) => {
  expect(hostPricesOf(text)).toEqual(prices);
});

it.each(['', 'cheap', '-1', '1001', '1e2', 'arm64=1', 'arm64=1,amd64=', 'arm64=1,amd64=2,riscv=3', 'arm64=1,arm64=2'])(
  'refuses %j with the setting, the value and what it may be',
  (text) => {
    expect(() => hostPricesOf(text)).toThrow(
      expect.objectContaining({ code: 'SettingInvalid', message: expect.stringContaining(text) as string }),
    );
  },
);
