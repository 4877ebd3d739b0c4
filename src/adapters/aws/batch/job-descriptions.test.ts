import { expect, it, onTestFinished } from 'vitest';
import { scriptedRun } from '../../../../lab/batch-stand-in/scripted-run.ts';
import { openBatchBed } from '../../../../test/helpers/batch-bed.ts';
import { pollUntil } from '../../../../test/helpers/poll-until.ts';
import { systemClock } from '../../../ports/clock.ts';
import { JobDescriptions } from './job-descriptions.ts';

// On a stand-in for AWS Batch: lab/batch-stand-in/README.md.

async function freshJobs(milliseconds: number) {
  const run = scriptedRun({ milliseconds, end: { exitCode: 0 } });
  const bed = await openBatchBed({ conduct: () => ({ runs: [run] }) });
  onTestFinished(() => bed.dispose());
  const { batch } = bed.clients();
  onTestFinished(() => batch.destroy());
  const submit = (): string => {
    const job = { jobName: 'job', jobQueue: 'builds-arm64', jobDefinition: 'builder' };
    return (bed.standIn.api.submitJob(job) as { readonly jobId: string }).jobId;
  };
  const calls = (): number => bed.standIn.calls.get('DescribeJobs') ?? 0;
  return { jobs: new JobDescriptions(batch, { clock: systemClock }), submit, calls };
}

it('sends one request for concurrent look-ups and none for a job that was just described', async () => {
  const { jobs, submit, calls } = await freshJobs(60_000);
  const ids = Array.from({ length: 50 }, submit);
  await Promise.all(ids.map((id) => jobs.lookUp(id)));
  await jobs.lookUp(ids[0] ?? '');
  expect(calls()).toBe(1);
});

it('reports the end of a job to every waiter, whichever caller described it', async () => {
  const { jobs, submit } = await freshJobs(50);
  const id = submit();
  const over = jobs.over(id);
  await pollUntil('the end of the job', async () => {
    await jobs.describe([id]);
    return over.aborted;
  });
});

it('reports the end to a later waiter after one look-up of its own', async () => {
  const { jobs, submit, calls } = await freshJobs(0);
  const id = submit();
  await pollUntil('the end of the job', async () => (await jobs.ask(id))?.status === 'SUCCEEDED');
  const before = calls();
  const over = jobs.over(id);
  expect(await jobs.lookUp(id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(over.aborted).toBe(true);
  expect(await jobs.lookUp(id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(calls()).toBe(before + 1);
});
