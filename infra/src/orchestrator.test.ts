import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { allowed, propertiesOf, standardTemplate, synthesized } from '../test/synthesized.ts';

const batch = 'arn:<AWS::Partition>:batch:us-gov-west-1:<AWS::AccountId>';

describe('the orchestrator', () => {
  const actions = allowed(standardTemplate(), 'PipelineOrchestratorPolicy');

  it('submits only jobs of this definition to these queues', () => {
    expect(actions.get('batch:SubmitJob')).toEqual([
      expect.stringContaining('<PipelineArm64Queue'),
      expect.stringContaining('<PipelineAmd64Queue'),
      `${batch}:job-definition/vecoli-dind-build`,
      `${batch}:job-definition/vecoli-dind-build:*`,
      `${batch}:job/*`,
    ]);
    expect(actions.get('batch:TerminateJob')).toEqual([`${batch}:job/*`]);
  });

  it('has wildcard access only for actions without resource-level permissions', () => {
    const anywhere = [...actions].filter(([, on]) => on.includes('*')).map(([action]) => action);
    expect(anywhere.filter((action) => !/:(Describe|List|Get)/.test(action))).toEqual([]);
  });

  it('never reads the git token', () => {
    expect([...actions.keys()].filter((action) => action.startsWith('secretsmanager:'))).toEqual([
      'secretsmanager:DescribeSecret',
    ]);
  });

  it('checks that each secret of a build exists, and reads none', () => {
    const template = synthesized((stack) => ({
      job: { buildSecrets: ['npm', 'pip'].map((name) => Secret.fromSecretNameV2(stack, name, name)) },
    }));
    const secrets = allowed(template, 'PipelineOrchestratorPolicy');
    const described = secrets.get('secretsmanager:DescribeSecret')?.join();
    for (const name of ['vecoli-github-pat', 'npm', 'pip']) expect(described).toContain(`:secret:${name}-??????`);
    expect(secrets.has('secretsmanager:GetSecretValue')).toBe(false);
  });

  it('reads logs, receives events and publishes, each on one resource', () => {
    expect(actions.get('logs:GetLogEvents')).toEqual([expect.stringMatching(/^<PipelineJobLog.*\.Arn>$/)]);
    expect(actions.get('sqs:ReceiveMessage')).toEqual([expect.stringMatching(/^<PipelineEventsQueue.*\.Arn>$/)]);
    expect(actions.get('ecr:PutImage')).toEqual([expect.stringMatching(/^<PipelineRepository.*\.Arn>$/)]);
    // For `twinhull prune`: it may delete images of this one repository, but never the repository.
    expect(actions.get('ecr:BatchDeleteImage')).toEqual(actions.get('ecr:PutImage'));
    expect(actions.has('ecr:DeleteRepository')).toBe(false);
  });

  it('is a policy to attach, or its own role where a principal is given', () => {
    expect(
      Object.keys(standardTemplate().findResources('AWS::IAM::Role')).filter((id) => id.includes('Orchestrator')),
    ).toEqual([]);
    const arn = 'arn:aws-us-gov:iam::123456789012:role/sms-api';
    const template = synthesized({ orchestrator: { assumedBy: new ArnPrincipal(arn) } });
    expect(propertiesOf(template, 'AWS::IAM::Role', 'PipelineOrchestratorRole')).toMatchObject({
      AssumeRolePolicyDocument: { Statement: [{ Principal: { AWS: arn } }] },
      ManagedPolicyArns: [{ Ref: expect.stringContaining('PipelineOrchestratorPolicy') }],
    });
  });
});
