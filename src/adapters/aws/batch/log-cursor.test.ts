import fc from 'fast-check';
import { expect, it } from 'vitest';
import { beginning, formatLogCursor, parseLogCursor } from './log-cursor.ts';

it('survives a round trip', () => {
  const token = fc.stringMatching(/^f\/[0-9a-z/]{1,60}$/);
  const position = fc.record({
    run: fc.integer({ min: 1, max: 10 }),
    token: fc.option(token, { nil: undefined }),
    events: fc.nat(),
  });
  fc.assert(
    fc.property(position, (one) => {
      expect(parseLogCursor(formatLogCursor(one))).toEqual(one);
    }),
  );
});

it.each([undefined, '', '12', 'x 1 f/1', '0 1 f/1'])('starts from the beginning at %j', (cursor) => {
  expect(parseLogCursor(cursor)).toEqual(beginning);
});
