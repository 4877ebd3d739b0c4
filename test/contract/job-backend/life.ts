import { expect, it } from 'vitest';
import type { JobHandle, JobObservation, JobRequest } from '../../../src/ports/job-backend.ts';
import { pollUntil } from '../../helpers/poll-until.ts';
import { type BackendBed, logOf } from './backend-bed.ts';

export function lifeCases(bed: BackendBed): void {
  it('goes from submit to success, with its times and its key', async () => {
    const before = Date.now();
    const { wanted, job, live } = await seenRunning(bed, 1);
    expect(job.name).toBe(wanted.name);
    expect(live).toMatchObject({ ...bed.sameAs(job), jobKey: expect.stringMatching(/^[A-Za-z0-9-]+$/) });
    expect(live).not.toHaveProperty('exitCode');
    const last = await bed.ended(job.id);
    expect(last).toMatchObject({ ...bed.sameAs(job), state: 'succeeded', exitCode: 0, jobKey: live.jobKey });
    const { createdAt, startedAt = 0, finishedAt = 0 } = last;
    expect(createdAt).toBeGreaterThan(before - 60_000);
    expect(startedAt).toBeGreaterThanOrEqual(createdAt);
    expect(finishedAt - startedAt).toBeGreaterThanOrEqual(900);
  });

  it.each([1, 47, 127])('failed with exit code %i, which is not an infrastructure failure', async (code) => {
    const job = await bed.backend.submit(bed.request(`exit ${code}`));
    const last = await bed.ended(job.id);
    expect(last).toMatchObject({ state: 'failed', exitCode: code });
    expect(last.infrastructureFailure ?? false).toBe(false);
  });

  it('passes the environment byte for byte', async () => {
    const hostile = `a "b" 'c' $(echo pwned) \`echo pwned\`\n--leading = \\ ü€😀`;
    const job = await bed.backend.submit(
      bed.request('printenv HOSTILE', { environment: { TEST_SCRIPT: 'printenv HOSTILE', HOSTILE: hostile } }),
    );
    expect(await logOf(bed.backend, job.id, { follow: true })).toBe(`${hostile}\n`);
  });

  it('is described with others in one call, which omits unknown jobs', async () => {
    const jobs = await Promise.all(['exit 0', 'exit 3'].map((script) => bed.backend.submit(bed.request(script))));
    await Promise.all(jobs.map((job) => bed.ended(job.id)));
    const ids = [...jobs.map((job) => job.id), bed.harness.unknownId, 'no id of anybody'];
    const unseen: string[] = [];
    const found = await bed.backend.describe(ids, { unseen: (id) => unseen.push(id) });
    expect([...found.keys()].sort()).toEqual(jobs.map((job) => job.id).sort());
    expect(unseen).toEqual([]);
    expect(await bed.backend.describe([])).toEqual(new Map());
  });
}

interface SeenRunning {
  readonly wanted: JobRequest;
  readonly job: JobHandle;
  readonly live: JobObservation;
}

/** A job that ends by itself and was seen running: on a busy machine one may end between two looks. */
async function seenRunning(bed: BackendBed, seconds: number): Promise<SeenRunning> {
  const wanted = bed.request(`sleep ${seconds}`);
  const job = await bed.backend.submit(wanted);
  const seen = await pollUntil('a job that runs or has ended', async () => {
    const observation = await bed.observe(job.id);
    return observation?.state === 'running' || observation?.finishedAt !== undefined ? observation : undefined;
  });
  if (seen.state === 'running') return { wanted, job, live: seen };
  expect(seconds).toBeLessThan(200);
  return await seenRunning(bed, seconds * 4);
}
