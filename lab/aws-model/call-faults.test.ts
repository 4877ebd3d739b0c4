import { DescribeJobs$, ListJobs$, RegisterJobDefinition$, SubmitJob$ } from '@aws-sdk/client-batch';
import { BatchDeleteImage$ } from '@aws-sdk/client-ecr';
import { describe, expect, it } from 'vitest';
import { answerFaults, requestFaults } from './call-faults.ts';

const job = { jobName: 'build-1', jobQueue: 'q', jobDefinition: 'd' };
const digest = `sha256:${'0'.repeat(64)}`;

describe('requestFaults', () => {
  it('finds none in requests as AWS models them', () => {
    expect(requestFaults(SubmitJob$, { ...job, timeout: { attemptDurationSeconds: 60 } })).toEqual([]);
    expect(requestFaults(ListJobs$, { jobQueue: 'q', jobStatus: 'RUNNING' })).toEqual([]);
  });

  it.each([
    [{ ...job, jobname: 'x' }, 'SubmitJob.jobname: is unknown'],
    [{ jobName: 'x', jobQueue: 'q' }, 'SubmitJob.jobDefinition: is required'],
    [{ ...job, jobQueue: 7 }, 'SubmitJob.jobQueue: has the wrong type, number'],
    [{ ...job, jobName: 'a b' }, `SubmitJob.jobName: a b does not match ^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`],
    [{ ...job, containerOverrides: { environment: {} } }, 'SubmitJob.containerOverrides.environment: is no list'],
    [
      { ...job, containerOverrides: { environment: [{ Name: 'A' }] } },
      'SubmitJob.containerOverrides.environment[0].Name: is unknown',
    ],
  ])('finds what is wrong in %j', (request, fault) => {
    expect(requestFaults(SubmitJob$, request)).toEqual([fault]);
  });

  it('finds a list that is too long, and values that are none of an enumeration', () => {
    expect(requestFaults(DescribeJobs$, { jobs: Array.from({ length: 101 }, String) })).toEqual([
      'DescribeJobs.jobs: 101 is not -Infinity to 100',
    ]);
    expect(requestFaults(ListJobs$, { jobQueue: 'q', jobStatus: 'DONE' })).toEqual([
      expect.stringContaining('ListJobs.jobStatus: DONE is none of SUBMITTED'),
    ]);
  });

  it.each([
    ['SubmitJob', 30, SubmitJob$, { ...job, parameters: { a: '' } }],
    [
      'RegisterJobDefinition',
      24,
      RegisterJobDefinition$,
      { jobDefinitionName: 'd', type: 'container', parameters: { a: '' } },
    ],
  ] as const)('finds a %s of more than %i KiB', (name, kibibytes, schema, smallest) => {
    const most = kibibytes * 1024;
    const sized = (bytes: number) => {
      const filler = 'x'.repeat(bytes - JSON.stringify(smallest).length);
      return requestFaults(schema, { ...smallest, parameters: { a: filler } });
    };
    expect(sized(most)).toEqual([]);
    expect(sized(most + 1)).toEqual([`${name}: ${most + 1} bytes, more than ${most}`]);
  });

  it('finds a name that the service’s pattern refuses', () => {
    const images = { imageIds: [{ imageDigest: digest }] };
    expect(requestFaults(BatchDeleteImage$, { repositoryName: 'vecoli', ...images })).toEqual([]);
    expect(requestFaults(BatchDeleteImage$, { repositoryName: 'VECOLI', ...images })).toEqual([
      expect.stringContaining('BatchDeleteImage.repositoryName: VECOLI does not match'),
    ]);
  });
});

it('answerFaults finds what an answer lacks', () => {
  expect(answerFaults(DescribeJobs$, { jobs: [{ jobId: '1', jobName: 'n', status: 'RUNING' }] })).toEqual(
    expect.arrayContaining([
      'DescribeJobs answer.jobs[0].jobQueue: is required',
      expect.stringContaining('DescribeJobs answer.jobs[0].status: RUNING is none of'),
    ]),
  );
});
