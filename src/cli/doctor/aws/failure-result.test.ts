import { expect, it } from 'vitest';
import type { AwsFailureKind } from '../../../adapters/aws/aws-failure.ts';
import { failureResult } from './failure-result.ts';

const asker = { region: 'us-gov-west-1', caller: 'arn:aws-us-gov:iam::123456789012:user/ci' };
const result = (kind: AwsFailureKind) =>
  failureResult('queue arm64', { kind, action: 'batch:DescribeJobQueues', reason: 'because' }, asker);

it('names the action that is not allowed, and to whom, and does not call it a problem', () => {
  expect(result('denied')).toEqual({
    name: 'queue arm64',
    status: 'warning',
    detail: `not found out: ${asker.caller} may not batch:DescribeJobQueues`,
    advice: 'allow batch:DescribeJobQueues to it, or let somebody look who may',
  });
});

it('does not call it a problem that AWS is busy', () => {
  expect(result('throttled').status).toBe('warning');
});

it.each<[AwsFailureKind, string, RegExp, RegExp]>([
  ['no-credentials', 'AwsAccessDenied', /there are no AWS credentials/, /AWS_PROFILE/],
  ['expired', 'AwsAccessDenied', /credentials have expired/, /aws sso login/],
  ['clock', 'AwsAccessDenied', /does not accept the signature/, /clock/],
  ['unknown-credentials', 'AwsAccessDenied', /does not know these credentials/, /partition of us-gov-west-1/],
  ['no-such-host', 'BackendUnreachable', /endpoint has no address/, /BATCH_REGION \(us-gov-west-1\) is spelt right/],
  ['unreachable', 'BackendUnreachable', /AWS does not answer/, /proxy.*VPC endpoint of batch/],
  ['untrusted', 'BackendUnreachable', /certificate/, /AWS_CA_BUNDLE/],
  ['refused', 'AwsAccessDenied', /AWS refused/, /aws batch --region us-gov-west-1/],
])('says what %s means and what to do', (kind, code, detail, advice) => {
  expect(result(kind)).toMatchObject({
    status: 'problem',
    code,
    detail: expect.stringMatching(detail),
    advice: expect.stringMatching(advice),
  });
  expect(result(kind).detail).toContain('because');
});
