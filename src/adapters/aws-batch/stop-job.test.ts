import { expect, it, onTestFinished } from 'vitest';
import type { Faults } from '../../../lab/batch-stand-in/faults.ts';
import { openBatchBed } from '../../../test/helpers/batch-bed.ts';
import { hurriedClock } from '../../../test/helpers/hurried-clock.ts';

const unknownId = '00000000-0000-4000-8000-000000000000';

/** Of a Batch that refuses to terminate anything, as it may what it does not know. */
async function refusing(faults?: Faults) {
  const bed = await openBatchBed({
    clock: hurriedClock,
    conduct: () => ({ runnableMilliseconds: 1e9, runs: [] }),
    faults,
  });
  onTestFinished(() => bed.dispose());
  const clients = bed.clients();
  clients.batch.middlewareStack.add(
    (next, { commandName }) =>
      (call) =>
        commandName === 'TerminateJobCommand' ? Promise.reject(refusal()) : next(call),
    { step: 'initialize' },
  );
  return { backend: bed.backend({}, clients), standIn: bed.standIn };
}

function refusal(): Error {
  return Object.assign(new Error('the job cannot be terminated'), {
    name: 'ClientException',
    $metadata: { httpStatusCode: 400 },
  });
}

it('takes a refusal for no error where Batch does not know the job', async () => {
  const { backend } = await refusing();
  await expect(backend.terminate(unknownId, 'stop')).resolves.toBeUndefined();
});

it('passes on a refusal to stop a job that has not ended', async () => {
  const { backend, standIn } = await refusing();
  const job = { jobName: 'job', jobQueue: 'builds-arm64', jobDefinition: 'builder' };
  const { jobId } = standIn.api.submitJob(job, 0) as { readonly jobId: string };
  await expect(backend.terminate(jobId, 'stop')).rejects.toMatchObject({ code: 'JobRefused' });
});

it('does not take a job that could not be looked up for gone', async () => {
  const { backend } = await refusing((operation) => (operation === 'DescribeJobs' ? 'error-before' : undefined));
  await expect(backend.terminate(unknownId, 'stop')).rejects.toMatchObject({ code: 'BackendUnreachable' });
});
