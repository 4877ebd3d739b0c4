import { expect, it } from 'vitest';
import { readAnswer } from './job-detail.ts';

const job = (jobId: string) => ({ jobId, jobName: 'job', jobQueue: 'queue', status: 'RUNNING', createdAt: 1 });

it('separates jobs that are found, absent and unreadable', () => {
  const answer = readAnswer(
    ['a', 'b', 'c', 'd'],
    [job('a'), { ...job('b'), status: 'HELD' }, { ...job('c'), createdAt: undefined }],
  );
  expect([...answer.found.keys()]).toEqual(['a']);
  expect([...answer.unseen.keys()]).toEqual(['b', 'c']);
  expect(answer.unseen.get('b')).toMatchObject({
    code: 'BackendUnreachable',
    message: expect.stringMatching(/job b .*status: /),
  });
  expect(answer.unseen.get('c')).toMatchObject({ message: expect.stringMatching(/job c .*createdAt: /) });
});

it('assumes that a job without an id may be any of the missing ones', () => {
  const { found, unseen } = readAnswer(['a', 'b', 'c'], [job('a'), { status: 'RUNNING' }]);
  expect([...found.keys()]).toEqual(['a']);
  expect([...unseen.keys()]).toEqual(['b', 'c']);
});
