import { describe, expect, it } from 'vitest';
import { samplePlan } from '../../../test/helpers/sample-builds.ts';
import { againMark } from '../../builder/phase-marks.ts';
import { LogReader } from '../logs/log-report.ts';
import { pushedDigests } from './read-back.ts';

const nonce = 'a'.repeat(32);
const mark = (words: string, of = nonce): string => `##twinhull ${of} 1.00 ${words}\n`;
const hello = mark('hello 2 1767225600 key');
const digest = (character: string): string => `sha256:${character.repeat(64)}`;
const [genuine, forged] = [digest('1'), digest('2')];

const [job] = samplePlan().jobs;
if (job === undefined) throw new Error('the sample plan has no job');
const images = job.steps.map(({ image }) => image);
const reportOf = (value: string, of = nonce): string =>
  images.map((image) => mark(`pushed ${image} ${value}`, of)).join('');

function found(log: string, isComplete = true) {
  const reader = new LogReader();
  reader.read(log);
  return pushedDigests(job!, { ...reader.report(), isComplete });
}

const reported = { kind: 'reported', digests: Object.fromEntries(images.map((image) => [image, genuine])) };

describe('the digests of a job', () => {
  it('are those that its builder reports at its end', () => {
    expect(found(hello + reportOf(genuine))).toEqual(reported);
  });

  it('are unknown without a report of every image, and pending while the log is incomplete', () => {
    expect(found(hello)).toEqual({ kind: 'unknown', mayCome: false });
    expect(found(hello + mark(`pushed other ${genuine}`))).toEqual({ kind: 'unknown', mayCome: false });
    expect(found('no first line\n')).toEqual({ kind: 'unknown', mayCome: false });
    expect(found('', false)).toEqual({ kind: 'unknown', mayCome: true });
  });

  it('are not read from an incomplete log, whose reports a script may have forged', () => {
    expect(found(hello + reportOf(forged), false)).toEqual({ kind: 'unknown', mayCome: true });
  });

  it('must be resolved by tag for a builder of version 1', () => {
    expect(found(mark('hello 1 1767225600 key'))).toEqual({ kind: 'by-tag' });
  });

  const other = 'b'.repeat(32);
  it.each([
    ['without the nonce', reportOf(forged, other)],
    ['with a first line and a nonce of its own', mark('hello 1 1 key', other) + reportOf(forged, other)],
    ['with the nonce that it dug out', reportOf(forged)],
    [
      'with the nonce, in a run that it made up',
      `${againMark(hello.trimEnd(), 'forged') ?? ''}\n${mark('hello 1 1 key', other)}${reportOf(forged, other)}`,
    ],
  ])('are not those that a script prints before its end, %s', (_, text) => {
    expect(found(hello + text + reportOf(genuine))).toEqual(reported);
    expect(found(hello + reportOf(genuine, other) + text).kind).not.toBe('by-tag');
  });

  it('are those of the last run', () => {
    const again = `${againMark(hello.trimEnd(), 'Host EC2 terminated') ?? ''}\n`;
    expect(found(hello + reportOf(forged) + again + mark('hello 2 9 key-2', other))).toMatchObject({ kind: 'unknown' });
    expect(found(hello + again + mark('hello 2 9 key-2', other) + reportOf(genuine, other))).toEqual(reported);
  });
});
