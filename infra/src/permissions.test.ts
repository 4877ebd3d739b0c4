import { readFileSync } from 'node:fs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { onDemandVcpus, spotVcpus } from '../../src/adapters/aws/inspect/inspect-quota.ts';
import { authorizationFaults } from '../test/iam/authorization.ts';
import { type AwsCall, account, arnOf, region } from '../test/iam/aws-call.ts';
import { awsCalls, optionalCalls, policyOf, quotaCodes, type RoleName } from '../test/iam/aws-calls.ts';
import { callsInSource } from '../test/iam/calls-in-source.ts';
import { policyStatements, type ResolvedStatement } from '../test/iam/policies.ts';
import { synthesized } from '../test/synthesized.ts';

const roles = Object.keys(policyOf) as (keyof typeof policyOf)[];
const key = arnOf('kms', 'key/0a1b2c3d');

/** The stack with every option that changes what its roles may do. */
const template = synthesized((stack) => ({
  encryptionKey: Key.fromKeyArn(stack, 'Key', key),
  job: {
    image: `${account}.dkr.ecr.${region}.amazonaws.com/builder:1`,
    script: { from: 'bucket', bucket: Bucket.fromBucketName(stack, 'Scripts', 'scripts') },
    buildSecrets: [Secret.fromSecretNameV2(stack, 'Npm', 'npm-token')],
  },
}));

function callsOf(role: keyof typeof policyOf): readonly AwsCall[] {
  const further: Partial<Record<RoleName, readonly AwsCall[]>> = {
    job: [optionalCalls.encryptionKey(key)],
    execution: optionalCalls.builderInEcr,
    orchestrator: optionalCalls.labelsOfBuilder,
  };
  return [...awsCalls[role], ...(further[role] ?? [])];
}

describe.each(roles)('the policies of the role %s', (role) => {
  it('allow each of its calls by IAM’s rules, and nothing that no call uses', async () => {
    expect(await authorizationFaults(callsOf(role), policyStatements(template, policyOf[role]))).toEqual([]);
  });
});

describe('authorizationFaults', () => {
  const queue = arnOf('batch', 'job-queue/vecoli-build-arm64');
  const allow = (action: string, ...resources: string[]): ResolvedStatement => ({
    effect: 'Allow',
    actions: [action],
    resources,
    conditions: {},
  });
  const call = (action: AwsCall['action'], ...resources: string[]): AwsCall => ({
    action,
    resources,
    from: { aws: 'this test' },
  });

  it.each([
    ['a call that no policy allows', [call('batch:ListJobs', '*')], [], ['denied: batch:ListJobs on *']],
    ['a permission that no call uses', [], [allow('batch:ListJobs', '*')], ['unused: batch:ListJobs on *']],
    [
      'a resource for an action that has none',
      [call('batch:ListJobs', '*')],
      [allow('batch:ListJobs', queue)],
      [`batch:ListJobs: no effect on ${queue}`, 'denied: batch:ListJobs on *', `unused: batch:ListJobs on ${queue}`],
    ],
    [
      'a wildcard where a name can be used',
      [call('batch:TerminateJob', arnOf('batch', 'job/1'))],
      [allow('batch:TerminateJob', '*')],
      ['batch:TerminateJob: allowed on *, but has resources'],
    ],
    [
      'a call that omits a resource that IAM authorizes',
      [call('batch:SubmitJob', queue)],
      [allow('batch:SubmitJob', queue)],
      ['batch:SubmitJob: the call names no job'],
    ],
    [
      'an action that AWS does not have',
      [call('batch:SendJob', '*')],
      [],
      ['batch:SendJob: no such action', 'denied: batch:SendJob on *'],
    ],
    [
      'a condition key that the action does not have',
      [],
      [{ ...allow('batch:ListJobs', '*'), conditions: { StringEquals: { 'ecs:CreateAction': 'x' } } }],
      ['batch:ListJobs: has no condition key ecs:CreateAction', 'unused: batch:ListJobs on *'],
    ],
    [
      'a call that a statement denies',
      [call('batch:ListJobs', '*')],
      [allow('batch:ListJobs', '*'), { ...allow('batch:*', '*'), effect: 'Deny' }],
      expect.arrayContaining(['denied: batch:ListJobs on *']),
    ],
  ])('reports %s', async (_, calls, statements, faults) => {
    expect(await authorizationFaults(calls, statements)).toEqual(faults);
  });
});

it('the policy in docs/deploying.md allows what doctor reads before a deployment, and nothing else', async () => {
  const page = readFileSync(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
  const [, json = ''] = /```json\n(\{\n {2}"Version": "2012-10-17"[\s\S]*?)```/.exec(page) ?? [];
  const { Statement } = JSON.parse(json) as { Statement: Record<'Action' | 'Resource', string | string[]>[] };
  const statements = Statement.map(({ Action, Resource }) => ({
    effect: 'Allow',
    actions: [Action].flat(),
    resources: [Resource].flat(),
    conditions: {},
  }));
  expect(await authorizationFaults(awsCalls.beforeDeploy, statements)).toEqual([]);
});

describe('the table of calls', () => {
  const calls = Object.values(awsCalls).flat() as readonly AwsCall[];
  const listed = calls.flatMap(({ from }) => ('sdk' in from ? from.sdk : 'cli' in from ? `aws ${from.cli}` : []));

  it('lists every call in the source, and no other', () => {
    expect([...new Set(listed)].sort()).toEqual(callsInSource());
  });

  it('has the quotas that doctor reads', () => {
    expect(quotaCodes).toEqual([onDemandVcpus, spotVcpus]);
  });
});
