import { expect, it } from 'vitest';
import type { QueueFacts } from '../../../adapters/aws/inspect/facts.ts';
import { judgeQueue } from './queue-check.ts';

const facts: QueueFacts = {
  name: 'vecoli-build-arm64',
  arn: 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-queue/vecoli-build-arm64',
  state: 'ENABLED',
  status: 'VALID',
  statusReason: undefined,
  computeEnvironments: ['arm64'],
};
const judge = (change: Partial<QueueFacts> | undefined = {}) =>
  judgeQueue('queue arm64', 'vecoli-build-arm64', { ...facts, ...change }, { region: 'us-gov-west-1' });

it('accepts an enabled, valid queue', () => {
  expect(judge()).toEqual({ name: 'queue arm64', status: 'ok', detail: 'vecoli-build-arm64 is enabled and valid' });
});

it.each<[Partial<QueueFacts>, string, string, string]>([
  [
    { state: 'DISABLED' },
    'problem',
    'is DISABLED',
    'aws batch update-job-queue --region us-gov-west-1 --job-queue vecoli-build-arm64 --state ENABLED',
  ],
  [
    { status: 'INVALID', statusReason: 'no such role' },
    'problem',
    'is INVALID: no such role',
    'fix the cause in the reason',
  ],
  [{ status: 'UPDATING' }, 'warning', 'is UPDATING', 'run doctor again'],
  [{ computeEnvironments: [] }, 'problem', 'has no compute environment', 'deploy the stack again'],
])('reports %o', (change, status, detail, advice) => {
  expect(judge(change)).toMatchObject({
    status,
    detail: expect.stringContaining(detail),
    advice: expect.stringContaining(advice),
  });
});

it('reports a queue that does not exist in the region', () => {
  expect(judgeQueue('queue arm64', 'typo', undefined, { region: 'us-gov-west-1' })).toMatchObject({
    status: 'problem',
    detail: 'there is no job queue typo in us-gov-west-1',
    advice: expect.stringContaining('BATCH_REGION'),
  });
});
