import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { allowed, propertiesOf, synthesized } from '../test/synthesized.ts';
import type { ServiceAccountProps } from './service-account.ts';

const issuer = 'oidc.eks.us-gov-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const oidcProviderArn = `arn:aws-us-gov:iam::123456789012:oidc-provider/${issuer}`;

const withAccount = (serviceAccount: Partial<ServiceAccountProps> = {}) =>
  synthesized({ orchestrator: { serviceAccount: { oidcProviderArn, ...serviceAccount } } });

function trustOf(template: ReturnType<typeof synthesized>): unknown {
  return propertiesOf(template, 'AWS::IAM::Role', 'OrchestratorRole')['AssumeRolePolicyDocument'];
}

describe('the role of a Kubernetes service account', () => {
  it('can be assumed only by that account of that cluster, with a token for STS', () => {
    expect(trustOf(withAccount())).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRoleWithWebIdentity',
          Principal: { Federated: oidcProviderArn },
          Condition: {
            StringEquals: {
              [`${issuer}:aud`]: 'sts.amazonaws.com',
              [`${issuer}:sub`]: 'system:serviceaccount:twinhull:twinhull',
            },
          },
        },
      ],
    });
  });

  it('accepts another account’s name', () => {
    expect(JSON.stringify(trustOf(withAccount({ namespace: 'builds', name: 'sms-api.v2' })))).toContain(
      '"system:serviceaccount:builds:sms-api.v2"',
    );
  });

  it('has the permissions of the orchestrator, and no policy of its own', () => {
    const template = withAccount();
    const role = propertiesOf(template, 'AWS::IAM::Role', 'OrchestratorRole');
    expect(role['ManagedPolicyArns']).toEqual([{ Ref: expect.stringContaining('PipelineOrchestratorPolicy') }]);
    expect(role).not.toHaveProperty('Policies');
    expect(allowed(template, 'OrchestratorRole').size).toBe(0);
  });

  it.each<[Partial<ServiceAccountProps>, string]>([
    [{ oidcProviderArn: 'arn:aws-us-gov:iam::123456789012:role/eks' }, 'serviceAccount.oidcProviderArn'],
    [{ oidcProviderArn: `${oidcProviderArn}*` }, 'serviceAccount.oidcProviderArn'],
    [{ oidcProviderArn: issuer }, 'serviceAccount.oidcProviderArn'],
    [{ namespace: '*' }, 'serviceAccount.namespace'],
    [{ namespace: 'a:b' }, 'serviceAccount.namespace'],
    [{ name: '' }, 'serviceAccount.name'],
    [{ name: 'twinhull*' }, 'serviceAccount.name'],
  ])('refuses %j', (serviceAccount, prop) => {
    expect(() => withAccount(serviceAccount)).toThrow(
      expect.objectContaining({ code: 'SettingInvalid', message: expect.stringContaining(`the prop ${prop} is `) }),
    );
  });

  it('is refused where another principal is given too: a role has one principal', () => {
    const assumedBy = new ArnPrincipal('arn:aws-us-gov:iam::123456789012:role/sms-api');
    expect(() => synthesized({ orchestrator: { assumedBy, serviceAccount: { oidcProviderArn } } })).toThrow(
      expect.objectContaining({
        code: 'SettingInvalid',
        message: expect.stringContaining('orchestrator.serviceAccount'),
      }),
    );
  });
});
