import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogLines, longestLine, type TimedLines } from './log-lines.ts';

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
    expect(lines.takeLines().bytes.toString()).toBe('out\nerr\n');
    expect(lines.takeLines().bytes).toHaveLength(0);
    expect(lines.takeAll().bytes.toString()).toBe('rest');
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
          taken.push(lines.takeLines().bytes);
        }
        for (const chunk of taken) expect(chunk.length === 0 || chunk.at(-1) === 0x0a).toBe(true);
        expect(Buffer.concat([...taken, lines.takeAll().bytes])).toEqual(Buffer.concat(payloads).subarray(skip));
      }),
    );
  });

  it('reads when each line was printed, for any split, and leaves the bytes as they were', () => {
    const moment = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
    const text = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '\n', '2026-03-04T05:06:07Z '), maxLength: 12 });
    const payloads = fc.array(fc.record({ at: moment, text }), { maxLength: 12 });
    fc.assert(
      fc.property(payloads, fc.array(fc.nat(60), { maxLength: 40 }), fc.boolean(), (frames, cuts, isPodman) => {
        const stamp = (at: number): string => {
          const iso = new Date(at).toISOString();
          return isPodman ? iso.replace(/\.?0*Z$/, '+00:00') : iso.replace('Z', '123456Z');
        };
        const stream = Buffer.concat(frames.map((each) => frame(`${stamp(each.at)} ${each.text}`)));
        const expected: number[] = [];
        let atStart = true;
        for (const each of frames)
          for (const character of each.text) {
            if (atStart) expected.push(each.at);
            atStart = character === '\n';
          }
        const lines = new LogLines(0);
        const taken: TimedLines[] = [];
        let from = 0;
        for (const cut of [...cuts, stream.length]) {
          lines.add(stream.subarray(from, from + cut));
          from = Math.min(from + cut, stream.length);
          taken.push(lines.takeLines());
        }
        taken.push(lines.takeAll());
        expect(Buffer.concat(taken.map(({ bytes }) => bytes)).toString()).toBe(
          frames.map((each) => each.text).join(''),
        );
        expect(taken.flatMap(({ times }) => times ?? [])).toEqual(expected);
      }),
    );
  });

  it('counts only the output for an offset, and gives the rest of a line that is cut the time of its beginning', () => {
    const stamp = '2026-03-04T05:06:07.890123456Z ';
    const skipping = new LogLines(4);
    skipping.add(Buffer.concat([frame(`${stamp}one\n`), frame(`${stamp}two\n`)]));
    expect(skipping.takeAll().bytes.toString()).toBe('two\n');
    const cut = new LogLines(0);
    cut.add(frame(`${stamp}${'x'.repeat(longestLine)}€`).subarray(0, -1));
    expect(cut.takeLines().times).toEqual([Date.UTC(2026, 2, 4, 5, 6, 7, 890)]);
    cut.add(Buffer.from('€').subarray(-1));
    expect(cut.takeAll()).toEqual({ bytes: Buffer.from('€'), times: [Date.UTC(2026, 2, 4, 5, 6, 7, 890)] });
  });

  it('grows for lines larger than its buffer', () => {
    const lines = new LogLines(0);
    const text = `${'x'.repeat(400_000)}\n`;
    lines.add(frame(text));
    expect(lines.takeLines().bytes.toString()).toBe(text);
  });

  it('splits an endless line without splitting a character', () => {
    const lines = new LogLines(0);
    const text = `a${'€'.repeat(longestLine / 3 + 10)}`;
    const bytes = Buffer.from(text).subarray(0, -1);
    lines.add(frame(bytes));
    const piece = lines.takeLines().bytes;
    expect(piece.toString()).not.toContain('\ufffd');
    expect(piece.length).toBe(bytes.length - 2);
    expect(lines.length).toBe(2);
  });
});
