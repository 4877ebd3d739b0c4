import { EventQueue } from '../../lab/batch-stand-in/event-queue.ts';
import { processRun } from '../../lab/batch-stand-in/process-run.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { openBatchBed, standInCredentials } from '../helpers/batch-bed.ts';
import { testJobBackend } from './job-backend.contract.ts';

testJobBackend('BatchJobBackend on a stand-in for AWS Batch', false, async () => {
  const events = await EventQueue.start({ clock: systemClock });
  const bed = await openBatchBed({
    onStateChange: (event) => events.send(event),
    conduct: () => ({
      runnableMilliseconds: 50,
      startingMilliseconds: 50,
      runs: [processRun((environment) => environment['TEST_SCRIPT'] ?? 'exit 64')],
    }),
    graceMilliseconds: 2_000,
    // Small, so that logs have many pages, with cursors between them.
    logPageEvents: 700,
  });
  return {
    connect: () =>
      bed.backend({
        logGraceMilliseconds: 500,
        eventQueue: { url: events.queueUrl, endpoint: events.url, credentials: standInCredentials },
      }),
    graceSeconds: 2,
    unknownId: '00000000-0000-4000-8000-000000000000',
    logsLines: true,
    createdAtSlack: 5_000,
    async cleanUp() {
      for (const { job } of bed.standIn.api.jobs) await bed.backend().terminate(job.jobId, 'the tests are over');
      await bed.dispose();
      await events.close();
    },
  };
});
