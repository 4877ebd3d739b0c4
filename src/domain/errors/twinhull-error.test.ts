import { expect, it, vi } from 'vitest';
import { TwinhullError } from './twinhull-error.ts';

it('recognises errors of another copy of the package, and no others', async () => {
  vi.resetModules();
  const { TwinhullError: OtherCopy } = (await import('./twinhull-error.ts')) as { TwinhullError: typeof TwinhullError };
  const error: unknown = new OtherCopy('BuildNotFound', 'no build has the id "x"');
  expect(error).not.toBeInstanceOf(TwinhullError);
  expect(TwinhullError.is(error)).toBe(true);
  expect(TwinhullError.is(error, 'BuildNotFound')).toBe(true);
  expect(TwinhullError.is(error, 'TagInUse')).toBe(false);
  const similar = Object.assign(new Error('no build'), { name: 'TwinhullError', code: 'BuildNotFound' });
  expect(TwinhullError.is(similar)).toBe(false);
});
