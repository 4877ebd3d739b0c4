import { describe, expect, it } from 'vitest';
import { againMark, parsePhaseMark } from './phase-marks.ts';

const nonce = '0123456789abcdef0123456789abcdef';
const mark = (rest: string): string => `##twinhull ${nonce} 100.25 ${rest}`;

const base = (digest: string | undefined) => ({
  verb: 'base',
  image: 'task',
  reference: 'docker.io/library/debian:12',
  digest,
});

const commit = (subject: string | undefined, author: string | undefined) => ({ verb: 'commit', subject, author });

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('parsePhaseMark', () => {
  it.each([
    ['hello 1 1795520632 0568cccb220f', { verb: 'hello', contract: 1, time: 1_795_520_632, jobKey: '0568cccb220f' }],
    ['begin clone -', { verb: 'begin', phase: 'clone', image: undefined }],
    ['end build task 2', { verb: 'end', phase: 'build', image: 'task', exitCode: 2 }],
    [`pushed task sha256:${'0'.repeat(64)}`, { verb: 'pushed', image: 'task', digest: `sha256:${'0'.repeat(64)}` }],
    ['programs task none', { verb: 'programs', image: 'task', finding: 'none' }],
    [`base task docker.io/library/debian:12 sha256:${'0'.repeat(64)}`, base(`sha256:${'0'.repeat(64)}`)],
    ['base task docker.io/library/debian:12 -', base(undefined)],
    ['cache task broken 3 7', { verb: 'cache', uptime: 100.25, image: 'task', outcome: 'broken', cached: 3, steps: 7 }],
    [`commit ${base64('Fix the cell')} ${base64('Ada Lovelace')}`, commit('Fix the cell', 'Ada Lovelace')],
    [`commit ${base64('##twinhull 0 1 end\n\u001b[31mx')} -`, commit('##twinhull 0 1 end x', undefined)],
    ['commit /w== -', commit('\ufffd', undefined)],
    [`commit ${base64('s'.repeat(800))} ${base64('a'.repeat(400))}`, commit('s'.repeat(200), 'a'.repeat(100))],
    ['note emulated: linux/arm64', { verb: 'note', text: 'emulated: linux/arm64' }],
    [
      'fail build task step-failed 2 docker build failed',
      { verb: 'fail', phase: 'build', image: 'task', reason: 'step-failed', exitCode: 2, text: 'docker build failed' },
    ],
    [
      'fail contract - contract-invalid 1 no',
      { verb: 'fail', phase: 'contract', image: undefined, reason: 'contract-invalid', exitCode: 1, text: 'no' },
    ],
  ])('parses %s', (rest, expected) => {
    expect(parsePhaseMark(mark(rest))).toEqual({ uptime: 100.25, ...expected });
  });

  it.each([
    'begin',
    'begin clone',
    'begin lunch -',
    'end build task',
    'end build task x',
    'fail build task no-such-reason 1 x',
    'fail build task toString 1 x',
    'fail build task step-failed',
    'hello 1 now key',
    'hello 1 1795520632 ',
    'cheer -',
    'pushed task',
    'pushed task sha256:00',
    `pushed  sha256:${'0'.repeat(64)}`,
    `pushed task sha256:${'0'.repeat(64)} more`,
    'commit',
    'commit Zml4',
    'commit Zml4 - more',
    'commit Fix the',
    `commit ${'A'.repeat(1200)} -`,
    'commit  -',
    'cache task used 3',
    'cache task unknown 3 7',
    'cache task used 8 7',
    'programs task',
    'programs task few',
    'programs task none more',
    'base task debian:12',
    'base task debian:12 latest',
    'base task debian:12 - more',
    'base task $(id) -',
  ])('finds no mark in the malformed %j', (rest) => {
    expect(parsePhaseMark(mark(rest))).toBeUndefined();
  });

  it('rejects a mark with another nonce', () => {
    const other = 'f'.repeat(32);
    expect(parsePhaseMark(mark('note x'), other)).toBeUndefined();
    expect(parsePhaseMark(`##twinhull ${other} 1.00 note ${mark('note x')}`, nonce)).toMatchObject({ text: 'x' });
  });

  it('finds a mark after unterminated output only if the nonce is known', () => {
    const line = `50%${mark('end build task 0')}`;
    expect(parsePhaseMark(line)).toBeUndefined();
    expect(parsePhaseMark(line, nonce)).toMatchObject({ verb: 'end', exitCode: 0 });
  });

  it('accepts a carriage return at the end of the line', () => {
    expect(parsePhaseMark(`${mark('begin clone -')}\r`)).toMatchObject({ verb: 'begin' });
  });
});

describe('againMark', () => {
  it('uses the nonce of the previous run, and can be parsed', () => {
    const line = againMark(mark('hello 1 1795520632 key-1'), 'Host EC2\nterminated');
    expect(parsePhaseMark(line ?? '', nonce)).toEqual({
      ...{ verb: 'again', uptime: 0, text: 'Host EC2 terminated' },
    });
  });

  it('is undefined after a run without a hello', () => {
    expect(againMark('sh: builder.sh: not found', 'why')).toBeUndefined();
  });
});
