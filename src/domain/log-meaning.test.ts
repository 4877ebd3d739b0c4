import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LogMeanings, meaningOf } from './log-meaning.ts';

it.each([
  ['times', '2026-03-04T05:06:07.890Z start 05:06:07', '2026-11-30 15:16:17,1+02:00 start 15:16:17.5'],
  ['steps of BuildKit', '#12 0.512 gcc -c a.c', '#7 13.2 gcc -c a.c'],
  ['hashes', 'HEAD is now at 3f2c1a9', 'HEAD is now at b07d5e4f60'],
  ['digests', `FROM base@sha256:${'a1'.repeat(32)}`, `FROM base@sha256:${'0f'.repeat(32)}`],
  ['ids of builds', 'job twinhull-0mh2k3v9a1b2-arm64-1', 'job twinhull-1zz9k3v9q8b7-arm64-1'],
  ['UUIDs', 'run 3f2c1a9b-7d5e-4f60-8182-93a4b5c6d7e8', 'run 00000000-7d5e-4f60-8182-93a4b5c6d7e9'],
  ['durations', 'built in 12.3s (1m2s, 450 ms)', 'built in 3s (1h12m59.5s, 1 ms)'],
  ['sizes and progress', ' 45% 12.5 MB / 30 MB 1.2 MB/s [3/12]', '9% 1 kB / 30 MB 20.25 kB/s [11/12]'],
  ['steps of a stage', '#8 [linux/amd64 stage-1 3/12] RUN make', '#8 [linux/amd64 stage-1 4/13] RUN make'],
  ['aligned steps', '#5 [ 1/43] FROM base', '#7 [1/2] FROM base'],
  ['aligned steps, later', '#9 [10/43] RUN make', '#7 [2/2] RUN make'],
  ['steps of the classic builder', 'Step 3/12 : RUN make', 'Step 4/13 : RUN make'],
  ['progress in brackets', '(3/12) Installing python', '(11/12) Installing python'],
  ['progress of pip', '━━ 1.2/30.4 MB 5.6 MB/s', '━━ 30.4/30.4 MB 9 MB/s'],
  ['temporary files', 'cc /tmp/ccA1b2.o', 'cc /tmp/ccZZ.o'],
  ['numbers of apt', 'Get:7 http://deb.example stable', 'Get:12 http://deb.example stable'],
  ['transfers of BuildKit', '#1 transferring dockerfile: 104B done', '#2 transferring dockerfile: 29B'],
  ['their beginnings', '#1 transferring dockerfile:', '#1 transferring dockerfile: 29B 0.0s done'],
  ['states of its steps', '#4 CACHED', '#5 DONE 0.3s'],
  ['colours and spaces', '\u001b[1;31merror\u001b[0m:  no\r', 'error: no'],
  ['progress bars', '10%\r50%\rdone', 'done'],
])('takes %s for the same', (_what, one, other) => {
  expect(meaningOf(one)).toBe(meaningOf(other));
});

it.each([
  ['versions', 'numpy-1.26.4', 'numpy-2.0.0'],
  ['exit codes', 'exit code 1', 'exit code 0'],
  ['names', 'gcc -c a.c', 'gcc -c b.c'],
  ['counts', '3 tests failed', '4 tests failed'],
  ['counts of a total', '3/7 tests passed', '7/7 tests passed'],
  ['counts of a total at the end', 'tests passed: 3/7', 'tests passed: 7/7'],
  ['Python releases', 'python 3.11', 'python 3.12'],
  ['words of hexadecimal letters', 'facade', 'decade'],
])('distinguishes %s', (_what, one, other) => {
  expect(meaningOf(one)).not.toBe(meaningOf(other));
});

it('leaves out the words of the run itself', () => {
  const one = meaningOf('building Fix the model at feature/x', ['Fix the model', 'feature/x', 'a']);
  expect(one).toBe(meaningOf('building Start at main', ['Start', 'main']));
});

it('keeps lines without digits as they are, but for spaces', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abxyzABC<>&"\'[]().,;:#=…é'), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      expect(meaningOf(words.join('  '))).toBe(words.join(' ').replace(/[ :…]+$/, ''));
    }),
  );
});

it('does not depend on the moment, the hash and the duration of a line', () => {
  const time = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
  const hash = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 6, maxLength: 62 });
  const values = fc.tuple(time, hash, fc.float({ min: 0, max: 5_000, noNaN: true }));
  const line = ([at, digits, seconds]: readonly [Date, string, number]): string =>
    `${at.toISOString()} pushed a1${digits} of app in ${seconds.toFixed(2)}s`;
  fc.assert(
    fc.property(values, values, (one, other) => {
      expect(meaningOf(line(one))).toBe(meaningOf(line(other)));
    }),
  );
});

it.each(['1', '1.', 'a1', '0 ', '1:', '1/', '-1111-11-11', 'f0'])(
  'takes time linear in a line that repeats %j',
  (unit) => {
    const started = performance.now();
    for (let round = 0; round < 5; round += 1) meaningOf(unit.repeat(1_000_000 / unit.length));
    expect(performance.now() - started).toBeLessThan(500);
  },
);

it.each(['\r', ':', ' done'])('takes time linear in a line that repeats %j before its end', (unit) => {
  const line = `${unit.repeat(200_000 / unit.length)}x`;
  const started = performance.now();
  for (let round = 0; round < 5; round += 1) meaningOf(line);
  expect(performance.now() - started).toBeLessThan(500);
});

it('finds the first of equal meanings, and no other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 6 }), { maxLength: 50 }),
      fc.string({ maxLength: 6 }),
      (lines, wanted) => {
        const meanings = new LogMeanings();
        for (const [index, line] of lines.entries()) meanings.add(index + 1, line);
        for (const line of [...lines, wanted])
          expect(meanings.find(line)).toBe(lines.includes(line) ? lines.indexOf(line) + 1 : undefined);
      },
    ),
  );
});
