import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOfJobDefinition } from '../../test/helpers/batch-model.ts';
import { hostileText } from '../../test/helpers/hostile-text.ts';
import { publishedBuild, shownCommit, shownDigest } from '../../test/helpers/shown-builds.ts';
import { batchJobDefinition, documentTag } from './batch-job-definition.ts';
import { pinImage } from './pinned-image.ts';

const task = pinImage(publishedBuild(), { image: 'task', platform: 'linux/arm64' });

it('conforms to Batch’s API model and names the image by digest', () => {
  const document = batchJobDefinition(task);
  expect(problemsOfJobDefinition(document)).toEqual([]);
  expect(document).toEqual({
    jobDefinitionName: 'vecoli-task-arm64',
    type: 'container',
    platformCapabilities: ['EC2'],
    containerProperties: {
      image: `registry.example.com/lab/vecoli@${shownDigest('a')}`,
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '2048' },
      ],
      privileged: false,
    },
    retryStrategy: {
      attempts: 3,
      evaluateOnExit: [
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onReason: 'CannotPullContainerError:*', action: 'RETRY' },
        { onReason: '*', action: 'EXIT' },
      ],
    },
    propagateTags: true,
    tags: {
      'twinhull:build': '0mh2k3v9a1b2',
      'twinhull:commit': shownCommit,
      'twinhull:image': 'task',
      [documentTag]: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  });
});

it('applies every option', () => {
  const role = 'arn:aws-us-gov:iam::123456789012:role/task';
  const document = batchJobDefinition(task, {
    name: 'My_task-1',
    vcpus: 4,
    memory: 7000,
    jobRole: role,
    executionRole: role,
    logGroup: '/twinhull/tasks',
    attempts: 1,
    timeoutSeconds: 3600,
    command: ['uname', '-m'],
  });
  expect(problemsOfJobDefinition(document)).toEqual([]);
  expect(document).toMatchObject({
    jobDefinitionName: 'My_task-1',
    containerProperties: {
      command: ['uname', '-m'],
      resourceRequirements: [{ value: '4' }, { value: '7000' }],
      jobRoleArn: role,
      executionRoleArn: role,
      logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': '/twinhull/tasks' } },
    },
    retryStrategy: { attempts: 1 },
    timeout: { attemptDurationSeconds: 3600 },
  });
});

describe('the tag that identifies identical revisions', () => {
  const tagOf = (options = {}, image = task) => batchJobDefinition(image, options).tags?.[documentTag];

  it('is equal for equal documents', () => {
    expect(tagOf()).toBe(tagOf({ vcpus: 1, command: undefined }));
  });

  it.each([
    { vcpus: 2 },
    { command: ['true'] },
    { jobRole: 'arn:aws:iam::123456789012:role/path/other' },
    { attempts: 2 },
    { name: 'other' },
  ])('differs for %o', (options) => {
    expect(tagOf(options)).not.toBe(tagOf());
  });

  it('differs for another digest', () => {
    const amd64 = pinImage(publishedBuild(), { image: 'task', platform: 'linux/amd64' });
    expect(tagOf({ name: 'same' }, amd64)).not.toBe(tagOf({ name: 'same' }));
  });
});

it.each(['', 'with space', 'a.b', 'x'.repeat(129), 'ö', 'a\n'])('refuses %j as a name', (name) => {
  expect(() => batchJobDefinition(task, { name })).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid', message: expect.stringMatching(/^--name is /) }),
  );
});

it.each([
  [{ jobRole: 'task' }, '--job-role'],
  [{ executionRole: 'arn:aws:iam::1:role/a' }, '--execution-role'],
  [{ jobRole: 'arn:aws:iam::123456789012:user/a' }, '--job-role'],
  [{ logGroup: 'with space' }, '--log-group'],
  [{ logGroup: '' }, '--log-group'],
])('refuses %o', (options, option) => {
  expect(() => batchJobDefinition(task, options)).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid', message: expect.stringContaining(`${option} is `) }),
  );
});

it('refuses an image whose reference is too long for Batch', () => {
  const image = { ...task, reference: `${'r'.repeat(190)}@${shownDigest('a')}` };
  expect(() => batchJobDefinition(image)).toThrow(/image names of at most 255 characters.* has 262/);
});

it('has a name that Batch accepts for any repository and image name', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary' }),
    hostileText('true'),
    fc.string({ minLength: 100, maxLength: 300 }),
  );
  fc.assert(
    fc.property(odd, odd, (repositoryName, name) => {
      const document = batchJobDefinition({ ...task, repositoryName, name });
      expect(document.jobDefinitionName).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
    }),
  );
});

it('fails validation against the model after any error is introduced', () => {
  const nameless: Partial<ReturnType<typeof batchJobDefinition>> = { ...batchJobDefinition(task) };
  delete nameless.jobDefinitionName;
  expect(problemsOfJobDefinition(nameless)).toEqual(['.jobDefinitionName: missing']);
  expect(problemsOfJobDefinition({ ...nameless, jobDefinitionName: 'a', nodeSelector: {} })).toEqual([
    '.nodeSelector: no such member',
  ]);
  const containerProperties = { image: 'a', resourceRequirements: [{ type: 'VCPU', value: 1 }], privileged: 'no' };
  expect(problemsOfJobDefinition({ jobDefinitionName: 'a', type: 'container', containerProperties })).toEqual([
    '.containerProperties.resourceRequirements[0].value: expected string',
    '.containerProperties.privileged: expected boolean',
  ]);
});
