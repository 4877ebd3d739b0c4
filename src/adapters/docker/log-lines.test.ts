import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogLines, longestLine } from './log-lines.ts';

function frame(payload: Buffer | string, stream = 1): Buffer {
  const data = Buffer.from(payload as string);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

describe('LogLines', () => {
  it('joins stdout and stderr in order', () => {
    const lines = new LogLines(0);
    lines.add(Buffer.concat([frame('out\n'), frame('err\n', 2), frame('rest')]));
    expect(lines.takeLines().toString()).toBe('out\nerr\n');
    expect(lines.takeLines()).toHaveLength(0);
    expect(lines.takeAll().toString()).toBe('rest');
  });

  it('returns the same bytes for any split into frames and network chunks, from any offset', () => {
    const parameters = [
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }),
      fc.array(fc.nat(30), { maxLength: 50 }),
      fc.nat(100),
    ] as const;
    fc.assert(
      fc.property(...parameters, (payloads, cuts, skip) => {
        const stream = Buffer.concat(payloads.map((payload) => frame(Buffer.from(payload))));
        const lines = new LogLines(skip);
        const taken: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          lines.add(stream.subarray(at, at + cut));
          at = Math.min(at + cut, stream.length);
          taken.push(lines.takeLines());
        }
        for (const chunk of taken) expect(chunk.length === 0 || chunk.at(-1) === 0x0a).toBe(true);
        expect(Buffer.concat([...taken, lines.takeAll()])).toEqual(Buffer.concat(payloads).subarray(skip));
      }),
    );
  });

  it('grows for lines larger than its buffer', () => {
    const lines = new LogLines(0);
    const text = `${'x'.repeat(400_000)}\n`;
    lines.add(frame(text));
    expect(lines.takeLines().toString()).toBe(text);
  });

  it('splits an endless line without splitting a character', () => {
    const lines = new LogLines(0);
    const text = `a${'€'.repeat(longestLine / 3 + 10)}`;
    const bytes = Buffer.from(text).subarray(0, -1);
    lines.add(frame(bytes));
    const piece = lines.takeLines();
    expect(piece.toString()).not.toContain('\ufffd');
    expect(piece.length).toBe(bytes.length - 2);
    expect(lines.length).toBe(2);
  });
});
