import { afterAll, beforeAll, describe, it } from 'vitest';
import { pollUntil } from '../helpers/poll-until.ts';
import { BackendBed, type JobBackendHarness } from './job-backend/backend-bed.ts';
import { lifeCases } from './job-backend/life.ts';
import { logCases } from './job-backend/logs.ts';
import { nameCases } from './job-backend/names.ts';
import { terminateCases } from './job-backend/terminate.ts';

/** What every job backend does, whatever runs its jobs. */
export function testJobBackend(title: string, open: () => Promise<JobBackendHarness>): void {
  describe(title, { timeout: 60_000 }, () => {
    const bed = new BackendBed();
    beforeAll(() => bed.start(open));
    afterAll(() => bed.dispose(), 60_000);

    it('can take jobs of both platforms', async () => {
      await bed.backend.check(['linux/arm64', 'linux/amd64']);
    });

    describe('the life of a job', () => lifeCases(bed));
    describe('the name of a job', () => nameCases(bed));
    describe('terminate', () => terminateCases(bed));
    describe('the log', () => logCases(bed));

    it('frees an ended job, and may be asked to again', async () => {
      const wanted = bed.request('exit 0');
      const job = await bed.backend.submit(wanted);
      await bed.ended(job.id);
      await bed.backend.release(job.id);
      await bed.backend.release(job.id);
      await bed.backend.release(bed.harness.unknownId);
    });

    it('wakes at changes until it is aborted', async ({ skip }) => {
      const { backend } = bed;
      if (backend.watch === undefined) return skip('this backend tells of no changes');
      const stop = new AbortController();
      let wakes = 0;
      const nothing = { hearing: () => undefined, unusable: () => undefined, undeleted: () => undefined };
      const listener = { ...nothing, changed: () => (wakes += 1) };
      const watching = backend.watch(listener, stop.signal);
      const job = await bed.backend.submit(bed.request('exit 0'));
      await bed.ended(job.id);
      await pollUntil('a wake-up', () => wakes > 0);
      stop.abort();
      await watching;
    });
  });
}
