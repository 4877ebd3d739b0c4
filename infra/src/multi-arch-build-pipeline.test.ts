import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { standardTemplate, synthesized } from '../test/synthesized.ts';

describe('roles', () => {
  const boundaries = (template = standardTemplate()) =>
    Object.values(template.findResources('AWS::IAM::Role')).map(
      (role) => (role['Properties'] as Record<string, unknown>)['PermissionsBoundary'],
    );

  it('have no permissions boundary but the given one', () => {
    expect(boundaries().filter((boundary) => boundary !== undefined)).toEqual([]);
    const template = synthesized((stack) => ({
      permissionsBoundary: ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'limits'),
    }));
    expect(boundaries(template)).not.toContain(undefined);
    expect(JSON.stringify(boundaries(template)[0])).toContain(':policy/limits');
  });

  it('are Batch’s service-linked role, or the pipeline’s own', () => {
    const own = synthesized({ batchServiceRole: 'own' });
    const services = (template = standardTemplate()) => JSON.stringify(template.findResources('AWS::IAM::Role'));
    expect(services()).not.toContain('batch.amazonaws.com');
    expect(services(own)).toContain('batch.amazonaws.com');
  });
});

it('work in any partition', () => {
  for (const region of ['us-gov-west-1', 'us-east-1', 'cn-north-1']) {
    const text = JSON.stringify(synthesized({}, region).toJSON());
    expect(text).not.toMatch(/arn:aws[a-z-]*:/);
  }
});
