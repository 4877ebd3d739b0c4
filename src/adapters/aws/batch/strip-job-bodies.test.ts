import { BatchClient, DescribeJobsCommand } from '@aws-sdk/client-batch';
import { expect, it, onTestFinished } from 'vitest';
import { scriptedRun } from '../../../../lab/batch-stand-in/scripted-run.ts';
import { openBatchBed } from '../../../../test/helpers/batch-bed.ts';
import { pollUntil } from '../../../../test/helpers/poll-until.ts';
import { describedFields, readAnswer } from './job-detail.ts';

// On a stand-in for AWS Batch: lab/batch-stand-in/README.md.

it('keeps of a described job exactly what is read of it', async () => {
  const run = scriptedRun({ milliseconds: 0, end: { exitCode: 3 } });
  const bed = await openBatchBed({ conduct: () => ({ runs: [run] }) });
  onTestFinished(() => bed.dispose());
  const { batch } = bed.clients();
  const credentials = { accessKeyId: 'stand-in', secretAccessKey: 'stand-in' };
  const whole = new BatchClient({ endpoint: bed.standIn.url, region: 'us-gov-west-1', credentials });
  onTestFinished(() => [batch, whole].forEach((client) => client.destroy()));
  const { jobId = '' } = bed.standIn.api.submitJob({
    ...{ jobName: 'job', jobQueue: 'builds-arm64', jobDefinition: 'builder' },
    containerOverrides: { environment: [{ name: 'A', value: 'x' }] },
  }) as { readonly jobId?: string };
  const describe = async (client: BatchClient) =>
    (await client.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs ?? [];
  await pollUntil('the end of the job', async () => (await describe(whole))[0]?.status === 'FAILED');
  const [before, after] = [await describe(whole), await describe(batch)];
  expect(before[0]?.container?.environment).toContainEqual({ name: 'A', value: 'x' });
  expect(readAnswer([jobId], after)).toEqual(readAnswer([jobId], before));
  const fieldsOf = (part: object | undefined) => Object.keys(part ?? {}).filter((name) => !name.startsWith('$'));
  expect(describedFields.job).toEqual(expect.arrayContaining(fieldsOf(after[0])));
  expect(describedFields.container).toEqual(expect.arrayContaining(fieldsOf(after[0]?.container)));
});
