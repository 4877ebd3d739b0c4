import fc from 'fast-check';
import { expect, it } from 'vitest';
import { platforms } from '../../domain/platform.ts';
import { attemptKey } from '../../pipeline/follow.ts';
import { cursorAfter, cursorPattern, followBeginning, formatCursor, parseCursor } from './follow-cursor.ts';

const count = fc.integer({ min: 0, max: 999_999_999_999 });
const logs = fc.uniqueArray(fc.tuple(fc.constantFrom(...platforms), fc.integer({ min: 1, max: 10_000 }), count), {
  selector: ([platform, attempt]) => `${platform} ${attempt}`,
  maxLength: 20,
});

it('survives a round trip as an event id', () => {
  fc.assert(
    fc.property(count, logs, (after, seen) => {
      const offsets = new Map(seen.map(([platform, attempt, offset]) => [attemptKey({ platform, attempt }), offset]));
      const text = formatCursor({ after, offsets });
      expect(text).toMatch(cursorPattern);
      expect(parseCursor(text)).toEqual({ after, offsets });
    }),
  );
});

it('counts events by sequence, and logs in bytes per attempt', () => {
  const log = { kind: 'log', platform: 'linux/arm64' } as const;
  const event = { sequence: 7, buildId: 'b', at: 1, event: { type: 'build.published' } } as const;
  const cursor = [
    { ...log, attempt: 1, text: 'é\n' },
    { kind: 'event', event } as const,
    { ...log, attempt: 2, text: 'ab' },
    { ...log, attempt: 1, text: 'x' },
  ].reduce(cursorAfter, followBeginning);
  expect(formatCursor(cursor)).toBe('7,arm64-1:4,arm64-2:2');
});

it.each(['', 'x', '1,', '1,arm64', '1,riscv64-1:2', '1,arm64-1:2,', '1 ,arm64-1:2', '9'.repeat(16)])(
  'does not match %j',
  (text) => expect(text).not.toMatch(cursorPattern),
);
