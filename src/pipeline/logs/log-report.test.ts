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
    expect(reportOf()).toEqual({
      phases: [],
      fail: undefined,
      tail: [],
      phaseTail: [],
      reportVersion: undefined,
      pushed: new Map(),
      bases: new Map(),
      programs: new Map(),
    });
  });

  it('derives phases from marks, in seconds since the first one', () => {
    const log =
      hello + mark('101.50', 'begin clone -') + mark('104.00', 'end clone - 0') + mark('104.25', 'begin build task');
    expect(reportOf(log).phases).toEqual([
      { phase: 'clone', image: undefined, startSeconds: 1.5, seconds: 2.5, exitCode: 0 },
      { phase: 'build', image: 'task', startSeconds: 4.25 },
    ]);
  });

  it('separates the phases of images', () => {
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

  it('contains the failure and the last lines before it', () => {
    const log = `${hello}first\nsecond\n${mark('103.00', 'fail build task step-failed 2 make failed')}cleaning up\n`;
    expect(reportOf(log)).toMatchObject({
      fail: { phase: 'build', image: 'task', reason: 'step-failed', exitCode: 2, text: 'make failed' },
      tail: ['first', 'second'],
    });
  });

  it('separates the lines of the failed phase from earlier ones and from those of the cleanup', () => {
    const begun = `${hello}${mark('101.00', 'begin build task')}building\n${mark('102.00', 'begin push task')}pushing\n`;
    const failed = `${begun}${mark('103.00', 'fail push task push-refused 1 no')}${mark('103.00', 'begin cleanup -')}gone\n`;
    expect(reportOf(failed)).toMatchObject({ tail: ['building', 'pushing'], phaseTail: ['pushing'] });
    expect(reportOf(`${begun}${mark('103.00', 'begin cleanup -')}gone\n`).phaseTail).toEqual(['pushing', 'gone']);
  });

  it('contains the last mark for each base of each image', () => {
    const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
    const log =
      hello +
      mark('101.00', `base a x:1 ${one}`) +
      mark('101.00', 'base a y:1 -') +
      mark('102.00', `base a x:1 ${two}`);
    expect(reportOf(log).bases).toEqual(
      new Map([
        [
          'a',
          [
            { reference: 'y:1', digest: undefined },
            { reference: 'x:1', digest: two },
          ],
        ],
      ]),
    );
  });

  it('keeps with the build of an image how many of its steps were cached', () => {
    const build = mark('101.00', 'begin build a') + mark('102.00', 'end build a 0');
    const { phases } = reportOf(
      hello + build + mark('102.00', 'cache a used 3 7') + mark('102.00', 'cache b used 1 1'),
    );
    expect(phases.map(({ cache }) => cache)).toEqual([{ outcome: 'used', cached: 3, steps: 7 }]);
  });

  it('contains the last finding for each image, and none of a run before', () => {
    const found = (text: string) => [...reportOf(hello + text).programs];
    const marks =
      mark('101.00', 'programs a none') + mark('101.00', 'programs b some') + mark('102.00', 'programs a unknown');
    expect(found(marks)).toEqual([
      ['a', 'unknown'],
      ['b', 'some'],
    ]);
    expect(found(`${mark('101.00', 'programs a none')}${mark('0.00', 'again Host EC2 terminated')}`)).toEqual([]);
  });

  it('takes the commit from its first mark, and from none after the checkout', () => {
    const read = (...marks: readonly string[]) => {
      const text = [hello, ...marks.map((text) => mark('101.00', text))].join('');
      return new LogReader().read(text).flatMap((mark) => (mark.verb === 'commit' ? [mark.subject] : []));
    };
    const [own, forged] = ['commit b3du -', 'commit Zm9yZ2Vk -'];
    expect(read('begin checkout -', own, forged, 'end checkout - 0', forged)).toEqual(['own']);
    expect(read('begin checkout -', 'end checkout - 0', forged)).toEqual([]);
    expect(read('begin checkout -', own, 'again Host EC2 terminated', forged)).toEqual(['own']);
  });

  it('keeps only the first failure', () => {
    const log =
      hello +
      mark('103.00', 'fail clone - token-rejected 128 no') +
      mark('104.00', 'fail cleanup - step-failed 1 later');
    expect(reportOf(log).fail?.reason).toBe('token-rejected');
  });

  it('treats marks with a wrong nonce or none as repository output', () => {
    const forged = mark('103.00', 'fail build task git-unreachable 2 pretend', 'f'.repeat(32));
    const report = reportOf(hello + forged + '##twinhull begin\n');
    expect(report.fail).toBeUndefined();
    expect(report.tail).toEqual([forged.trim(), '##twinhull begin']);
  });

  it('keeps the last twenty non-empty lines', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${String(index)}\n\n`);
    const { tail } = reportOf(hello, ...lines);
    expect(tail).toHaveLength(20);
    expect(tail.at(-1)).toBe('line 29');
  });

  it('keeps only a limited part of a very long line', () => {
    const { tail } = reportOf(hello, 'x'.repeat(1_000_000), '\n');
    expect(tail.join('').length).toBeLessThanOrEqual(16 * 1024);
  });

  it('is independent of how the log is split into chunks', () => {
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
