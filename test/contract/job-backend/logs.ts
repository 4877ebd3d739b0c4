import { expect, it } from 'vitest';
import { type BackendBed, chunksOf, logOf } from './backend-bed.ts';

export function logCases(bed: BackendBed): void {
  it('contains stdout and stderr', async () => {
    const job = await bed.backend.submit(
      bed.request('echo out; sleep 0.1; echo err >&2; sleep 0.1; printf unfinished'),
    );
    expect(await logOf(bed.backend, job.id, { follow: true })).toBe(bed.withLastNewline('out\nerr\nunfinished'));
  });

  it('reports when each line was printed, also after a cursor', async () => {
    const job = await bed.backend.submit(bed.request('echo one; sleep 1; echo two; echo three'));
    const chunks = await chunksOf(bed.backend, job.id, { follow: true });
    const times = chunks.flatMap((chunk) => chunk.times ?? []);
    expect(times).toHaveLength(3);
    const [one = 0, two = 0, three = 0] = times;
    expect(Math.abs(Date.now() - one)).toBeLessThan(600_000);
    expect(two - one).toBeGreaterThan(900);
    expect(three - two).toBeLessThan(900);
    const [first] = chunks;
    if (first === undefined || first.times?.length === 3) return;
    const rest = await chunksOf(bed.backend, job.id, { cursor: first.cursor });
    expect(rest.flatMap((chunk) => chunk.times ?? [])).toEqual(times.slice(first.times?.length));
  });

  it('resumes from any cursor, also in another process, without loss or duplicates', async () => {
    const script = 'i=0; while [ $i -lt 3000 ]; do echo "line $i of many, with ü€😀"; i=$((i+1)); done; printf end';
    const job = await bed.backend.submit(bed.request(script));
    const chunks = await chunksOf(bed.backend, job.id, { follow: true });
    await bed.ended(job.id);
    const whole = chunks.map((chunk) => chunk.text).join('');
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} of many, with ü€😀\n`).join('');
    expect(whole).toBe(bed.withLastNewline(`${lines}end`));
    let read = '';
    for (const chunk of chunks) {
      read += chunk.text;
      expect(read + (await logOf(bed.harness.connect(), job.id, { cursor: chunk.cursor }))).toBe(whole);
    }
  });

  it('returns whole lines, and without follow only the current ones', async () => {
    const job = await bed.running('printf "zwei\\ndr"; while :; do sleep 0.1; done', "trap 'echo ei; exit 0' TERM;");
    const now = await chunksOf(bed.backend, job.id, {});
    expect(now.map((chunk) => chunk.text).join('')).toMatch(/^up\n(zwei\n)?$/);
    const rest = chunksOf(bed.backend, job.id, { follow: true, cursor: now.at(-1)?.cursor });
    await bed.backend.terminate(job.id, 'the line is to end');
    const chunks = [...now, ...(await rest)];
    expect(chunks.map((chunk) => chunk.text).join('')).toBe('up\nzwei\ndrei\n');
    for (const chunk of chunks) expect(chunk.text).toMatch(/\n$/);
  });

  it('is streamed while the job runs', async () => {
    const job = await bed.backend.submit(bed.request('echo first; sleep 600'));
    const stop = new AbortController();
    for await (const chunk of bed.backend.readLog(job.id, { follow: true, signal: stop.signal })) {
      expect(chunk.text).toBe('first\n');
      expect(await bed.observe(job.id)).toMatchObject({ state: 'running' });
      break;
    }
    await bed.backend.terminate(job.id, 'test is over');
  });

  it('ends without error when it is aborted', async () => {
    const job = await bed.running('sleep 600');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    expect(await logOf(bed.backend, job.id, { follow: true, signal: stop.signal })).toBe('up\n');
    expect(await logOf(bed.backend, job.id, { follow: true, signal: AbortSignal.abort() })).toBe('');
    await bed.backend.terminate(job.id, 'test is over');
  });

  it('keeps all of 50,000 lines', async () => {
    const job = await bed.backend.submit(bed.request('seq 1 50000'));
    const text = await logOf(bed.backend, job.id, { follow: true });
    expect(text === Array.from({ length: 50_000 }, (_, i) => `${i + 1}\n`).join('')).toBe(true);
    await bed.ended(job.id);
    expect((await logOf(bed.backend, job.id)) === text).toBe(true);
  });

  it('is empty for an unknown job', async () => {
    expect(await logOf(bed.backend, bed.harness.unknownId, { follow: true })).toBe('');
  });
}
