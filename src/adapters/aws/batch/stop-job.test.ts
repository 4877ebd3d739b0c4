import { expect, it, onTestFinished } from 'vitest';
import type { Faults } from '../../../../lab/batch-stand-in/faults.ts';
import { openBatchBed } from '../../../../test/helpers/batch-bed.ts';
import { hurriedClock } from '../../../../test/helpers/hurried-clock.ts';

const unknownId = '00000000-0000-4000-8000-000000000000';

/** A Batch that refuses to terminate any job, as it may refuse unknown jobs. */
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

it('ignores a refusal for a job that Batch does not know', async () => {
  const { backend } = await refusing();
  await expect(backend.terminate(unknownId, 'stop')).resolves.toBeUndefined();
});

it('propagates a refusal to stop a job that has not ended', async () => {
  const { backend, standIn } = await refusing();
  const job = { jobName: 'job', jobQueue: 'builds-arm64', jobDefinition: 'builder' };
  const { jobId } = standIn.api.submitJob(job) as { readonly jobId: string };
  await expect(backend.terminate(jobId, 'stop')).rejects.toMatchObject({ code: 'JobRefused' });
});

it('does not assume that a job is gone if the look-up fails', async () => {
  const { backend } = await refusing((operation) => (operation === 'DescribeJobs' ? 'error-before' : undefined));
  await expect(backend.terminate(unknownId, 'stop')).rejects.toMatchObject({ code: 'BackendUnreachable' });
});
