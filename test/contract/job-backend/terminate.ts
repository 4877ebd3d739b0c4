import { expect, it } from 'vitest';
import { type BackendBed, logOf } from './backend-bed.ts';

export function terminateCases(bed: BackendBed): void {
  it('lets a job clean up on TERM', async () => {
    const job = await bed.running('while :; do sleep 0.1; done', "trap 'echo cleaned; exit 143' TERM;");
    await bed.backend.terminate(job.id, 'the sibling failed');
    expect(await bed.ended(job.id)).toMatchObject({
      state: 'failed',
      exitCode: 143,
      reason: expect.stringContaining('the sibling failed'),
    });
    expect((await bed.observe(job.id))?.infrastructureFailure ?? false).toBe(false);
    expect(await logOf(bed.backend, job.id)).toBe('up\ncleaned\n');
  });

  it('kills a job that ignores TERM after the grace period', async () => {
    const job = await bed.running('while :; do sleep 0.1; done', "trap '' TERM;");
    const begun = Date.now();
    await bed.backend.terminate(job.id, 'cancelled');
    const last = await bed.ended(job.id);
    expect(last).toMatchObject({ state: 'failed', exitCode: 137 });
    expect(last.infrastructureFailure ?? false).toBe(false);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(bed.harness.graceSeconds * 1000 - 100);
  });

  it('is no error for a job that has ended, was released, or never existed', async () => {
    const job = await bed.backend.submit(bed.request('exit 0'));
    await bed.ended(job.id);
    await bed.backend.terminate(job.id, 'late');
    expect(await bed.observe(job.id)).toMatchObject({ state: 'succeeded', exitCode: 0 });
    await bed.backend.release(job.id);
    await bed.backend.terminate(job.id, 'later');
    await bed.backend.terminate(bed.harness.unknownId, 'unknown');
  });
}
