import { BatchClient, DescribeJobDefinitionsCommand, RegisterJobDefinitionCommand } from '@aws-sdk/client-batch';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { mockFaults } from '../../../../lab/aws-model/checked-mock.ts';
import { registerJobDefinition } from './register-job-definition.ts';

/** A stub inside the SDK's client. A test in test/e2e registers the document with an emulator. */
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

afterEach(async () => {
  expect(await mockFaults(batch)).toEqual([]);
});

afterAll(() => batch.restore());

function found(...revisions: ReturnType<typeof revision>[]): void {
  batch
    .on(DescribeJobDefinitionsCommand, { jobDefinitionName: 'task', status: 'ACTIVE' })
    .resolves({ jobDefinitions: revisions });
}

it('registers a new document', async () => {
  found();
  expect(await register()).toEqual({ arn: 'arn:task:11', name: 'task', revision: 11, isNew: true });
});

it('does not register the document of the latest revision', async () => {
  found(revision(9, 'old'), revision(10, 'new'));
  expect(await register()).toEqual({ arn: 'arn:task:10', name: 'task', revision: 10, isNew: false });
  expect(batch.commandCalls(RegisterJobDefinitionCommand)).toEqual([]);
});

it('registers a document that only an older revision has', async () => {
  found(revision(10, 'other'), revision(9, 'new'));
  expect(await register()).toMatchObject({ revision: 11, isNew: true });
});

it('refuses a response without a revision', async () => {
  found();
  batch.on(RegisterJobDefinitionCommand, document).resolves({ jobDefinitionArn: 'arn:task:11' });
  await expect(register()).rejects.toThrow(/its response does not match the API: .*revision/su);
  // This answer differs from AWS's model on purpose.
  batch.resetHistory();
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

it('registers nothing if it cannot read the latest revision', async () => {
  batch.on(DescribeJobDefinitionsCommand).rejects(errorOf('Error', { code: 'ECONNREFUSED' }));
  await expect(register()).rejects.toMatchObject({ code: 'BackendUnreachable' });
  expect(batch.commandCalls(RegisterJobDefinitionCommand)).toEqual([]);
});
