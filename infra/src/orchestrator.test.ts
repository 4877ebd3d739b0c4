import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { allowed, propertiesOf, standardTemplate, synthesized } from '../test/synthesized.ts';

const batch = 'arn:<AWS::Partition>:batch:us-gov-west-1:<AWS::AccountId>';

describe('the orchestrator', () => {
  const actions = allowed(standardTemplate(), 'PipelineOrchestratorPolicy');

  it('sends only this definition’s jobs to these queues', () => {
    expect(actions.get('batch:SubmitJob')).toEqual([
      expect.stringContaining('<PipelineArm64Queue'),
      expect.stringContaining('<PipelineAmd64Queue'),
      `${batch}:job-definition/vecoli-dind-build`,
      `${batch}:job-definition/vecoli-dind-build:*`,
    ]);
    expect(actions.get('batch:TerminateJob')).toEqual([`${batch}:job/*`]);
  });

  it('asks of everything only where AWS knows no resource', () => {
    const anywhere = [...actions].filter(([, on]) => on.includes('*')).map(([action]) => action);
    expect(anywhere.filter((action) => !/:(Describe|List|Get)/.test(action))).toEqual([]);
  });

  it('never reads the git token', () => {
    expect([...actions.keys()].filter((action) => action.startsWith('secretsmanager:'))).toEqual([
      'secretsmanager:DescribeSecret',
    ]);
  });

  it('reads logs, takes events and publishes, each in its one place', () => {
    expect(actions.get('logs:GetLogEvents')).toEqual([expect.stringMatching(/^<PipelineJobLog.*\.Arn>$/)]);
    expect(actions.get('sqs:ReceiveMessage')).toEqual([expect.stringMatching(/^<PipelineEventsQueue.*\.Arn>$/)]);
    expect(actions.get('ecr:PutImage')).toEqual([expect.stringMatching(/^<PipelineRepository.*\.Arn>$/)]);
    // For `twinhull prune`: of the one repository's images, and never the repository.
    expect(actions.get('ecr:BatchDeleteImage')).toEqual(actions.get('ecr:PutImage'));
    expect(actions.has('ecr:DeleteRepository')).toBe(false);
  });

  it('is a policy to be attached; a role of its own where it is said who may take it', () => {
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
