import {
  DescribeJobsCommand,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { openBatchBed } from '../../test/helpers/batch-bed.ts';
import { pollUntil } from '../../test/helpers/poll-until.ts';
import { hostLost } from './run.ts';
import { scriptedRun } from './scripted-run.ts';
import { banner } from './server.ts';
import type { Conduct, StandInOptions } from './stand-in-options.ts';

// Uses the SDK alone, to keep Twinhull's own code out of the test.

const forever = scriptedRun({ milliseconds: 1e9, end: { exitCode: 0 } });

async function fresh(job: Conduct = { runs: [forever] }, options: Partial<StandInOptions> = {}) {
  const bed = await openBatchBed({ conduct: () => job, ...options });
  const { batch } = bed.clients();
  onTestFinished(async () => {
    batch.destroy();
    await bed.dispose();
  });
  const submit = (change: Partial<SubmitJobCommandInput> = {}) =>
    batch.send(new SubmitJobCommand({ jobName: 'job', jobQueue: 'builds-arm64', jobDefinition: 'builder', ...change }));
  const detail = async (id: string | undefined) => {
    const { jobs = [] } = await batch.send(new DescribeJobsCommand({ jobs: [id ?? ''] }));
    return jobs[0];
  };
  const reaches = (id: string | undefined, status: string) =>
    pollUntil(status, async () => {
      const seen = await detail(id);
      return seen?.status === status ? seen : undefined;
    });
  return { ...bed, batch, submit, detail, reaches };
}

it('identifies itself', async () => {
  const { standIn } = await fresh();
  expect(await (await fetch(standIn.url)).json()).toMatchObject({ standIn: banner, accepted: 0 });
  expect(banner).toMatch(/stand-in/);
});

describe('SubmitJob', () => {
  it.each([
    ['a name that begins with a dash', { jobName: '-job' }],
    ['a name of 129 characters', { jobName: 'x'.repeat(129) }],
    ['an unknown queue', { jobQueue: 'nowhere' }],
    ['an unknown job definition', { jobDefinition: 'nothing' }],
    ['a timeout below a minute', { timeout: { attemptDurationSeconds: 59 } }],
    ['a reserved variable', { containerOverrides: { environment: [{ name: 'AWS_BATCH_X', value: '1' }] } }],
    ['more than 30 KiB', { parameters: { a: 'x'.repeat(31 * 1024) } }],
  ])('refuses %s', async (_, change) => {
    const { submit } = await fresh();
    await expect(submit(change)).rejects.toMatchObject({ name: 'ClientException', $metadata: { httpStatusCode: 400 } });
  });

  it('accepts overrides that are too long, and fails the job', async () => {
    const { submit, reaches } = await fresh();
    const environment = [{ name: 'A', value: 'x'.repeat(8192) }];
    const { jobId } = await submit({ containerOverrides: { environment } });
    expect(await reaches(jobId, 'FAILED')).toMatchObject({
      statusReason: 'Container Overrides length must be at most 8192',
    });
  });

  it('creates two jobs of one name', async () => {
    const { submit } = await fresh();
    expect((await submit()).jobId).not.toBe((await submit()).jobId);
  });

  it('throttles calls over the limit per second', async () => {
    const { submit, standIn } = await fresh({ runs: [forever] }, { submitsPerSecond: 3 });
    const sent = await Promise.allSettled(Array.from({ length: 5 }, () => submit()));
    expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(sent.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } },
    });
    expect(standIn.status()).toMatchObject({ accepted: 3, names: 1, throttled: 2 });
  });
});

it('DescribeJobs accepts a hundred ids, and omits unknown ones', async () => {
  const { batch } = await fresh();
  const ids = (count: number) => Array.from({ length: count }, () => 'id');
  expect((await batch.send(new DescribeJobsCommand({ jobs: ids(100) }))).jobs).toEqual([]);
  await expect(batch.send(new DescribeJobsCommand({ jobs: ids(101) }))).rejects.toMatchObject({
    name: 'ClientException',
  });
});

it('ListJobs ignores case, supports a trailing *, and may list a job late', async () => {
  let now = 0;
  const clock = { ...systemClock, now: () => now };
  const { batch, submit } = await fresh({ runs: [forever] }, { clock, listLagMilliseconds: 60_000 });
  const list = async (name: string): Promise<unknown> => {
    const filters = [{ name: 'JOB_NAME', values: [name] }];
    const { jobSummaryList = [] } = await batch.send(new ListJobsCommand({ jobQueue: 'builds-arm64', filters }));
    return jobSummaryList.map(({ jobName }) => jobName).sort();
  };
  for (const jobName of ['one', 'ONE', 'one-2']) await submit({ jobName });
  now = 59_999;
  expect(await list('one*')).toEqual([]);
  now = 60_000;
  expect(await list('One')).toEqual(['ONE', 'one']);
  expect(await list('one*')).toEqual(['ONE', 'one', 'one-2']);
});

describe('stopping a job', () => {
  const states = [
    ['SUBMITTED', { submittedMilliseconds: 1e9 }],
    ['PENDING', { pendingMilliseconds: 1e9 }],
    ['RUNNABLE', { runnableMilliseconds: 1e9 }],
    ['STARTING', { startingMilliseconds: 1e9 }],
    ['RUNNING', {}],
  ] as const;

  it.each(states)('TerminateJob stops a job that is %s', async (status, conduct) => {
    const { batch, submit, reaches } = await fresh({ ...conduct, runs: [forever] });
    const { jobId } = await submit();
    await reaches(jobId, status);
    await batch.send(new TerminateJobCommand({ jobId, reason: 'stop' }));
    expect(await reaches(jobId, 'FAILED')).toMatchObject({ statusReason: 'stop' });
  });

  it('kills a job that ignores TERM, and does not retry it', async () => {
    const stubborn = scriptedRun({ milliseconds: 1e9, end: { exitCode: 0 }, ignoresTermMilliseconds: 1e9 });
    const { batch, submit, reaches } = await fresh({ runs: [stubborn] }, { graceMilliseconds: 50 });
    const { jobId } = await submit();
    await reaches(jobId, 'RUNNING');
    await batch.send(new TerminateJobCommand({ jobId, reason: 'stop' }));
    const { attempts } = await reaches(jobId, 'FAILED');
    expect(attempts).toMatchObject([{ container: { exitCode: 137 }, statusReason: 'stop' }]);
  });
});

it('retries a job whose host was lost, up to three times, each with its own log stream', async () => {
  const lost = scriptedRun({ milliseconds: 20, end: hostLost });
  const { submit, reaches } = await fresh({ runs: [lost] });
  const { jobId } = await submit();
  const { attempts = [], statusReason } = await reaches(jobId, 'FAILED');
  expect(attempts).toHaveLength(3);
  expect(new Set(attempts.map(({ container }) => container?.logStreamName)).size).toBe(3);
  expect(statusReason).toMatch(/^Host EC2/);
});

it('does not retry a job that failed by its own exit code', async () => {
  const { submit, reaches } = await fresh({ runs: [scriptedRun({ milliseconds: 0, end: { exitCode: 47 } })] });
  const { jobId } = await submit();
  expect(await reaches(jobId, 'FAILED')).toMatchObject({
    statusReason: 'Essential container in task exited',
    container: { exitCode: 47 },
    attempts: [{ container: { exitCode: 47 } }],
  });
});
