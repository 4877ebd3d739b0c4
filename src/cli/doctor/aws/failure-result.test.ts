import { expect, it } from 'vitest';
import type { AwsFailureKind } from '../../../adapters/aws/sdk/aws-errors.ts';
import { failureResult } from './failure-result.ts';

const asker = { region: 'us-gov-west-1', caller: 'arn:aws-us-gov:iam::123456789012:user/ci' };
const result = (kind: AwsFailureKind) =>
  failureResult('queue arm64', { kind, action: 'batch:DescribeJobQueues', reason: 'because' }, asker);

it('turns a denied action into a warning that names the action and the caller', () => {
  expect(result('denied')).toEqual({
    name: 'queue arm64',
    status: 'warning',
    detail: `not checked: ${asker.caller} may not call batch:DescribeJobQueues`,
    advice: 'allow it batch:DescribeJobQueues, or run doctor with credentials that have this permission',
  });
});

it('turns throttling into a warning', () => {
  expect(result('throttled').status).toBe('warning');
});

it.each<[AwsFailureKind, string, RegExp, RegExp]>([
  ['no-credentials', 'AwsAccessDenied', /there are no AWS credentials/, /AWS_PROFILE/],
  ['expired', 'AwsAccessDenied', /credentials have expired/, /aws sso login/],
  ['clock', 'AwsAccessDenied', /does not accept the signature/, /clock/],
  ['unknown-credentials', 'AwsAccessDenied', /does not recognize these credentials/, /partition of us-gov-west-1/],
  ['no-such-host', 'BackendUnreachable', /endpoint has no address/, /BATCH_REGION \(us-gov-west-1\) is correct/],
  ['unreachable', 'BackendUnreachable', /AWS does not respond/, /proxy.*VPC endpoint of batch/],
  ['untrusted', 'BackendUnreachable', /certificate/, /AWS_CA_BUNDLE/],
  ['refused', 'AwsAccessDenied', /AWS refused/, /aws batch --region us-gov-west-1/],
])('explains %s and suggests a fix', (kind, code, detail, advice) => {
  expect(result(kind)).toMatchObject({
    status: 'problem',
    code,
    detail: expect.stringMatching(detail),
    advice: expect.stringMatching(advice),
  });
  expect(result(kind).detail).toContain('because');
});
