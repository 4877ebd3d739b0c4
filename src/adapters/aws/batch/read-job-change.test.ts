import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJobChange } from './read-job-change.ts';

const queues = ['arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-queue/builds-arm64', 'builds-amd64'];

/** As AWS documents it, shortened: https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html */
function event(change: { readonly detail?: object; readonly source?: string; readonly 'detail-type'?: string } = {}) {
  const job = 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:job/4c7599ae-0a82-49aa-ba5a-4727fcce14a8';
  return JSON.stringify({
    version: '0',
    id: 'c8f9c4b5-76e5-d76a-f980-7011e206042b',
    'detail-type': 'Batch Job State Change',
    source: 'aws.batch',
    account: '123456789012',
    time: '2026-01-11T23:36:40Z',
    region: 'us-gov-west-1',
    resources: [job],
    ...change,
    detail: {
      jobArn: job,
      jobName: 'twinhull-01hzx-arm64-1',
      jobId: '4c7599ae-0a82-49aa-ba5a-4727fcce14a8',
      jobQueue: 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-queue/builds-arm64',
      status: 'RUNNING',
      attempts: [],
      ...change.detail,
    },
  });
}

describe('a message of the event queue', () => {
  it('names the job that changed, with queues configured by ARN or by name', () => {
    const id = '4c7599ae-0a82-49aa-ba5a-4727fcce14a8';
    expect(readJobChange(event(), queues)).toEqual({ kind: 'changed', id });
    const other = event({ detail: { jobQueue: 'arn:aws:batch:us-east-1:1:job-queue/builds-amd64' } });
    expect(readJobChange(other, queues)).toEqual({ kind: 'changed', id });
  });

  it.each([
    ['of another queue', { jobQueue: 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-queue/simulations' }],
    ['of another program', { jobName: 'nightly-simulation' }],
  ])('is foreign if it is %s', (_, detail) => {
    expect(readJobChange(event({ detail }), queues)).toMatchObject({ kind: 'foreign' });
  });

  it.each([
    ['not JSON', 'no {json'],
    ['empty', ''],
    ['an array', '[]'],
    ['null', 'null'],
    ['of another source', event({ source: 'aws.ec2' })],
    ['of another kind', event({ 'detail-type': 'Batch Job Queue Blocked' })],
    ['without a job', event({ detail: { jobId: undefined } })],
    ['of a job with a number for its id', event({ detail: { jobId: 7 } })],
  ])('is malformed if it is %s', (_, body) => {
    expect(readJobChange(body, queues)).toMatchObject({ kind: 'malformed', detail: expect.stringMatching(/./) });
  });

  it('never throws, and never quotes malformed content', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const message = readJobChange(`${text} secret-canary`, queues);
        expect(message.kind).toBe('malformed');
        expect(JSON.stringify(message)).not.toContain('secret-canary');
      }),
    );
  });
});
