import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobBackendFeatures } from '../../src/ports/job-backend.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { BackendBed, type JobBackendHarness } from './job-backend/backend-bed.ts';
import { lifeCases } from './job-backend/life.ts';
import { logCases } from './job-backend/logs.ts';
import { nameCases } from './job-backend/names.ts';
import { terminateCases } from './job-backend/terminate.ts';

/** The behaviour of every job backend, whatever runs its jobs. */
export function testJobBackend(
  title: string,
  uniqueNames: JobBackendFeatures['uniqueNames'],
  open: () => Promise<JobBackendHarness>,
): void {
  describe(title, { timeout: 600_000 }, () => {
    const bed = new BackendBed();
    beforeAll(() => bed.start(open));
    afterAll(() => bed.dispose());

    it('declares its features', () => {
      expect(bed.backend.features).toMatchObject({ uniqueNames, liveLogs: true });
    });

    it('supports jobs of both platforms', async () => {
      await expect(bed.backend.check(['linux/arm64', 'linux/amd64'])).resolves.toBeUndefined();
    });

    describe('the life of a job', () => lifeCases(bed));
    describe('the name of a job', () => nameCases(bed, uniqueNames));
    describe('terminate', () => terminateCases(bed));
    describe('the log', () => logCases(bed));

    it('releases an ended job, repeatedly', async () => {
      const wanted = bed.request('exit 0');
      const job = await bed.backend.submit(wanted);
      await bed.ended(job.id);
      for (const id of [job.id, job.id, bed.harness.unknownId])
        await expect(bed.backend.release(id)).resolves.toBeUndefined();
    });

    it('notifies of changes until it is aborted', async () => {
      const { backend } = bed;
      if (backend.watch === undefined) throw new Error(`${backend.name} reports no changes`);
      const stop = new AbortController();
      let wakes = 0;
      const nothing = { onConnectionChange: () => undefined, unusable: () => undefined, undeleted: () => undefined };
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
