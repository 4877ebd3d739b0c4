import { BatchClient, DescribeJobDefinitionsCommand, RegisterJobDefinitionCommand } from '@aws-sdk/client-batch';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { registerJobDefinition } from './register-job-definition.ts';

/** A stand-in inside the SDK's client. That Batch really takes the document is shown on an emulator, in test/e2e. */
const batch = mockClient(BatchClient);
const place = { region: 'us-gov-west-1' };
const document = { jobDefinitionName: 'task', type: 'container', tags: { document: 'new' } } as const;
const revision = (number: number, hash: string) => ({
  jobDefinitionName: 'task',
  jobDefinitionArn: `arn:task:${number}`,
  revision: number,
  type: 'container',
  tags: { document: hash },
});
const register = () => registerJobDefinition(document, 'document', place);

beforeEach(() => {
  batch.reset();
  batch.on(RegisterJobDefinitionCommand, document).resolves({
    jobDefinitionArn: 'arn:task:11',
    jobDefinitionName: 'task',
    revision: 11,
  });
});

afterAll(() => batch.restore());

function found(...revisions: ReturnType<typeof revision>[]): void {
  batch
    .on(DescribeJobDefinitionsCommand, { jobDefinitionName: 'task', status: 'ACTIVE' })
    .resolves({ jobDefinitions: revisions });
}

it('registers what is new', async () => {
  found();
  expect(await register()).toEqual({ arn: 'arn:task:11', name: 'task', revision: 11, isNew: true });
});

it('does not register what the latest revision already is', async () => {
  found(revision(9, 'old'), revision(10, 'new'));
  expect(await register()).toEqual({ arn: 'arn:task:10', name: 'task', revision: 10, isNew: false });
  expect(batch.commandCalls(RegisterJobDefinitionCommand)).toEqual([]);
});

it('registers again what only an older revision was', async () => {
  found(revision(10, 'other'), revision(9, 'new'));
  expect(await register()).toMatchObject({ revision: 11, isNew: true });
});

it('does not take an answer for one that names no revision', async () => {
  found();
  batch.on(RegisterJobDefinitionCommand, document).resolves({ jobDefinitionArn: 'arn:task:11' });
  await expect(register()).rejects.toThrow(/its answer is not what the API promises: .*revision/su);
});

function errorOf(name: string, more: object = {}): Error {
  return Object.assign(new Error('because'), { name, ...more });
}

it.each([
  ['AccessDeniedException', 'AwsAccessDenied', 'batch:TagResource'],
  ['ExpiredTokenException', 'AwsAccessDenied', 'log in again'],
  ['TooManyRequestsException', 'BackendUnreachable', 'try again'],
  ['ClientException', 'ArgumentInvalid', 'correct the option'],
])('turns %s into %s', async (name, code, hint) => {
  found();
  batch.on(RegisterJobDefinitionCommand).rejects(errorOf(name));
  await expect(register()).rejects.toMatchObject({
    code,
    message: expect.stringContaining('batch:RegisterJobDefinition in us-gov-west-1 failed: because'),
    hint: expect.stringContaining(hint),
  });
});

it('registers nothing where it cannot look first', async () => {
  batch.on(DescribeJobDefinitionsCommand).rejects(errorOf('Error', { code: 'ECONNREFUSED' }));
  await expect(register()).rejects.toMatchObject({ code: 'BackendUnreachable' });
  expect(batch.commandCalls(RegisterJobDefinitionCommand)).toEqual([]);
});
