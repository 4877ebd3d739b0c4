import { expect, it } from 'vitest';
import { type BackendBed, logOf } from './backend-bed.ts';

/** @param uniqueNames whether a second job of a name adopts the first */
export function nameCases(bed: BackendBed, uniqueNames: boolean): void {
  if (uniqueNames) uniqueCases(bed);
  else repeatedCases(bed);

  it('finds exactly its job, also after the end and from another process', async () => {
    const wanted = bed.request('exit 1');
    const longer = bed.request('exit 0', { name: `${wanted.name}-2` });
    expect(await bed.backend.findByName(wanted.name)).toEqual([]);
    const job = await bed.backend.submit(wanted);
    await bed.backend.submit(longer);
    await bed.ended(job.id);
    expect(await bed.harness.connect().findByName(wanted.name)).toEqual([bed.sameAs(job)]);
    expect(await bed.backend.findByName(wanted.name.slice(0, -1))).toEqual([]);
    expect(await bed.backend.findByName(`.*${wanted.name.slice(-8)}`)).toEqual([]);
  });
}

function uniqueCases(bed: BackendBed): void {
  it('adopts the job that has it, running or ended', async () => {
    const wanted = bed.request('sleep 1');
    const first = await bed.backend.submit(wanted);
    expect(await bed.backend.submit(wanted)).toEqual(first);
    expect(await bed.harness.connect().submit(wanted)).toEqual(first);
    await bed.ended(first.id);
    expect(await bed.harness.connect().submit(wanted)).toEqual(first);
  });

  it('starts one job under concurrent submits', async () => {
    const wanted = bed.request('echo ran; sleep 1');
    const racers = Array.from({ length: 4 }, () => bed.harness.connect());
    const handles = await Promise.all([bed.backend, bed.backend, ...racers].map((racer) => racer.submit(wanted)));
    expect(new Set(handles.map((handle) => handle.id)).size).toBe(1);
    expect(await bed.backend.findByName(wanted.name)).toHaveLength(1);
    expect(await bed.backend.findByName(wanted.name, wanted.platform)).toHaveLength(1);
    expect(await logOf(bed.backend, handles[0]?.id ?? '', { follow: true })).toBe('ran\n');
  });
}

function repeatedCases(bed: BackendBed): void {
  it('lists each job submitted under it, earliest first', async () => {
    const wanted = bed.request('exit 0');
    const first = await bed.backend.submit(wanted);
    await bed.ended(first.id);
    const second = await bed.harness.connect().submit(wanted);
    expect(second.id).not.toBe(first.id);
    expect(await bed.backend.findByName(wanted.name)).toEqual([bed.sameAs(first), bed.sameAs(second)]);
  });
}
