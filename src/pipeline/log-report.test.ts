import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogReader, type LogReport } from './log-report.ts';

const nonce = '0123456789abcdef0123456789abcdef';
const mark = (uptime: string, words: string, of = nonce): string => `##twinhull ${of} ${uptime} ${words}\n`;
const hello = mark('100.00', 'hello 1 1767225600 key');

function reportOf(...chunks: readonly string[]): LogReport {
  const reader = new LogReader();
  for (const chunk of chunks) reader.read(chunk);
  return reader.report();
}

describe('a log report', () => {
  it('is empty for an empty log', () => {
    expect(reportOf()).toEqual({ phases: [], fail: undefined, tail: [] });
  });

  it('makes phases of marks, in seconds since the first one', () => {
    const log =
      hello + mark('101.50', 'begin clone -') + mark('104.00', 'end clone - 0') + mark('104.25', 'begin build task');
    expect(reportOf(log).phases).toEqual([
      { phase: 'clone', image: undefined, startSeconds: 1.5, seconds: 2.5, exitCode: 0 },
      { phase: 'build', image: 'task', startSeconds: 4.25 },
    ]);
  });

  it('keeps the phases of images apart', () => {
    const log =
      hello +
      mark('101.00', 'begin build a') +
      mark('102.00', 'end build a 0') +
      mark('102.00', 'begin build b') +
      mark('109.00', 'end build b 1');
    expect(reportOf(log).phases.map(({ image, seconds, exitCode }) => [image, seconds, exitCode])).toEqual([
      ['a', 1, 0],
      ['b', 7, 1],
    ]);
  });

  it('tells the failure, and the last lines before it', () => {
    const log = `${hello}first\nsecond\n${mark('103.00', 'fail build task step-failed 2 make failed')}cleaning up\n`;
    expect(reportOf(log)).toMatchObject({
      fail: { phase: 'build', image: 'task', reason: 'step-failed', exitCode: 2, text: 'make failed' },
      tail: ['first', 'second'],
    });
  });

  it('heeds the first failure alone', () => {
    const log =
      hello +
      mark('103.00', 'fail clone - token-rejected 128 no') +
      mark('104.00', 'fail cleanup - step-failed 1 later');
    expect(reportOf(log).fail?.reason).toBe('token-rejected');
  });

  it('takes marks with another nonce, or none, for what the repository printed', () => {
    const forged = mark('103.00', 'fail build task git-unreachable 2 pretend', 'f'.repeat(32));
    const report = reportOf(hello + forged + '##twinhull begin\n');
    expect(report.fail).toBeUndefined();
    expect(report.tail).toEqual([forged.trim(), '##twinhull begin']);
  });

  it('keeps the last twenty lines that say something', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${String(index)}\n\n`);
    const { tail } = reportOf(hello, ...lines);
    expect(tail).toHaveLength(20);
    expect(tail.at(-1)).toBe('line 29');
  });

  it('holds little of a log that is all one line', () => {
    const { tail } = reportOf(hello, 'x'.repeat(1_000_000), '\n');
    expect(tail.join('').length).toBeLessThanOrEqual(16 * 1024);
  });

  it('reads the same out of a log however it was cut into chunks', () => {
    const log = `${hello}begin\n${mark('101.00', 'begin build task')}grüße\n\u{1F40B}\n${mark('109.00', 'fail build task step-failed 1 no')}end`;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: log.length })), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), log.length];
        const chunks = places.slice(1).map((end, index) => log.slice(places[index], end));
        expect(reportOf(...chunks)).toEqual(reportOf(log));
      }),
    );
  });
});
