import { describe, expect, it } from 'vitest';
import {
  definition,
  diagnose,
  failed,
  faults,
  named,
  queue,
  queueArn,
  repository,
  stackOf,
} from '../../../../test/helpers/empty-account.ts';
import type { StackInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import { bootstrapCommand } from '../../../builder/bootstrap.ts';

describe('a name that is taken', () => {
  const taken: Partial<StackInspector> = {
    queue: async (name) => queue(name),
    repository: async (name) => repository(name),
    jobDefinition: async () => ({ value: definition }),
  };
  const names = ['queue arm64', 'queue amd64', 'job definition', 'repository'] as const;

  it('by something outside the stack is a problem', async () => {
    const results = await diagnose(taken);
    expect(faults(results).map(({ name, status }) => [name, status])).toEqual(names.map((name) => [name, 'problem']));
    expect(named(results, 'queue arm64')[0]).toMatchObject({
      detail: 'there is a job queue vecoli-build-arm64 that is not part of the stack: the deployment fails',
      advice: 'choose another name: -c arm64Queue=NAME, or -c name=NAME for all',
    });
    expect(named(results, 'repository')[0]?.advice).toContain('-c existingRepository=true');
  });

  it('by our own stack is expected', async () => {
    const resources = new Set([
      ...['vecoli-build-arm64', 'vecoli-build-amd64'].map(queueArn),
      ...['vecoli', definition.arn],
    ]);
    const results = await diagnose({ ...taken, stack: async () => ({ value: stackOf({ resources }) }) });
    expect(faults(results)).toEqual([]);
    expect(named(results, 'repository')[0]?.detail).toBe('vecoli is part of the stack');
  });

  it('by a foreign stack of the same name is a problem', async () => {
    const resources = new Set(['vecoli-build-arm64', 'vecoli-build-amd64'].map(queueArn));
    const foreign = stackOf({ resources, description: 'Builds' });
    const results = await diagnose({ ...taken, stack: async () => ({ value: foreign }) });
    expect(named(results, 'queue arm64')).toMatchObject([{ status: 'problem' }]);
  });

  it('by an unknown owner is a warning', async () => {
    const results = await diagnose({ ...taken, stack: async () => failed('denied', 'cloudformation:DescribeStacks') });
    expect(named(results, 'queue arm64')).toMatchObject([
      { status: 'warning', detail: expect.stringContaining('whether it is part of the stack is unknown') },
    ]);
  });

  it('by a job definition of an earlier deployment is expected', async () => {
    const place = { path: '/opt/builder.sh' };
    const command = bootstrapCommand({ place, sha256: 'f'.repeat(64), contract: 1 });
    const results = await diagnose({ jobDefinition: async () => ({ value: { ...definition, command } }) });
    expect(named(results, 'job definition')).toMatchObject([
      { status: 'ok', detail: 'vecoli-dind-build:3 is of an earlier deployment: the deployment adds a revision' },
    ]);
  });

  it('is required of an existing repository', async () => {
    const context = { existingRepository: true };
    expect(named(await diagnose(taken, context), 'repository')).toMatchObject([{ status: 'ok' }]);
    expect(named(await diagnose({}, context), 'repository')).toMatchObject([
      { status: 'problem', detail: 'there is no repository vecoli, although existingRepository is set' },
    ]);
  });
});

it('warns of secrets that jobs could not read', async () => {
  const missing = await diagnose({ secret: async () => failed('not-found', 'secretsmanager:DescribeSecret') });
  expect(named(missing, 'secret')).toMatchObject([
    { status: 'warning', detail: 'there is no secret vecoli-github-pat in us-gov-west-1: jobs cannot read it' },
  ]);
  const deleted = await diagnose({
    secret: async (name) => ({ value: { arn: name, name, isBeingDeleted: true } }),
  });
  expect(named(deleted, 'secret')).toMatchObject([
    { status: 'warning', advice: expect.stringContaining('restore-secret') },
  ]);
});
