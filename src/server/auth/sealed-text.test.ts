import { expect, it } from 'vitest';
import { seal, unseal } from './sealed-text.ts';

it('opens with the secret that it was sealed with, and no other', () => {
  const sealed = seal('grüße', 'one');
  expect(unseal(sealed, 'one')).toBe('grüße');
  expect(unseal(sealed, 'two')).toBeUndefined();
  expect(seal('grüße', 'one')).not.toBe(sealed);
  expect(sealed).not.toContain(Buffer.from('grüße').toString('base64url'));
});

it('does not open what was changed or cut', () => {
  const sealed = Buffer.from(seal('text', 'one'), 'base64url');
  for (const at of [0, 12, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(unseal(changed.toString('base64url'), 'one')).toBeUndefined();
  }
  expect(unseal('', 'one')).toBeUndefined();
  expect(unseal(sealed.subarray(0, 20).toString('base64url'), 'one')).toBeUndefined();
});
