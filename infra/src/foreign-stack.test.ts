import { describe, expect, it } from 'vitest';
import type { AwsFailureKind } from '../../src/adapters/aws/sdk/aws-errors.ts';
import { stackMark } from '../../src/settings/stack-defaults.ts';
import { refuseForeignStack } from './foreign-stack.ts';

const stack = { stackName: 'acme-build-batch', region: 'us-gov-west-1' };
const failed = (kind: AwsFailureKind) => ({
  failure: { kind, action: 'cloudformation:DescribeStacks', reason: 'because' },
});

describe('refuseForeignStack', () => {
  it.each([
    ['no stack', undefined],
    ['one of ours', { status: 'UPDATE_COMPLETE', description: `${stackMark} container images` }],
    ['a change set that was never executed', { status: 'REVIEW_IN_PROGRESS', description: '' }],
  ])('accepts %s', (_, value) => {
    expect(() => refuseForeignStack(stack, { value })).not.toThrow();
  });

  it.each(['', 'Build pipeline of the reference'])('refuses a stack with the description %j', (description) => {
    const value = { status: 'CREATE_COMPLETE', description };
    expect(() => refuseForeignStack(stack, { value })).toThrow(
      expect.objectContaining({
        code: 'SettingInvalid',
        message: `acme-build-batch in us-gov-west-1 is not a stack of Twinhull (CREATE_COMPLETE, description ${JSON.stringify(description)}): a deployment would replace its resources`,
        hint: expect.stringContaining('--adopt'),
      }),
    );
  });

  it.each([
    ['denied', 'AwsAccessDenied', 'allow cloudformation:DescribeStacks'],
    ['no-credentials', 'AwsAccessDenied', 'AWS_PROFILE'],
    ['unreachable', 'BackendUnreachable', 'firewall'],
  ] as const)('refuses where the answer is %s', (kind, code, hint) => {
    expect(() => refuseForeignStack(stack, failed(kind))).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining('cannot check whether acme-build-batch'),
        hint: expect.stringMatching(`${hint}.*--adopt`),
      }),
    );
  });
});
