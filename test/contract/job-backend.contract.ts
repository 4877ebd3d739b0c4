import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  JobBackend,
  JobHandle,
  JobObservation,
  JobRequest,
  LogChunk,
  ReadLogOptions,
} from '../../src/ports/job-backend.ts';
import { pollUntil } from '../helpers/poll-until.ts';

/** What the suite needs to know of a backend. Its jobs must run `sh -c "$TEST_SCRIPT"` as their first process. */
export interface JobBackendHarness {
  /** A client of the backend that shares nothing in memory with others, as another process would have. */
  connect(): JobBackend;
  /** Removes whatever the jobs of these names left. */
  cleanUp(names: readonly string[]): Promise<void>;
  /** Seconds between TERM and KILL. */
  readonly graceSeconds: number;
  /** An id in the backend's form that names nothing. */
  readonly unknownId: string;
  /** Whether the backend keeps logs as lines, so that the last one has a newline whether or not it was printed. @default false */
  readonly logsLines?: boolean;
  /** How far the time that `submit` tells of a job may be from the backend's own, in milliseconds. @default 0 */
  readonly createdAtSlack?: number;
}

export function testJobBackend(title: string, open: () => Promise<JobBackendHarness>): void {
  describe(title, { timeout: 60_000 }, () => {
    const names: string[] = [];
    let harness: JobBackendHarness;
    let backend: JobBackend;

    beforeAll(async () => {
      harness = await open();
      backend = harness.connect();
    });
    afterAll(async () => await harness.cleanUp(names), 60_000);

    function request(script: string, change: Partial<JobRequest> = {}): JobRequest {
      const name = `twinhull-contract-${randomBytes(6).toString('hex')}`;
      names.push(change.name ?? name);
      return {
        name,
        platform: 'linux/amd64',
        buildId: 'contract',
        attempt: 1,
        environment: { TEST_SCRIPT: script },
        buildSecrets: [],
        registryHost: 'registry.invalid',
        timeoutSeconds: 600,
        ...change,
      };
    }

    /** The same job, as another call of the backend tells of it. */
    function sameAs({ createdAt, ...job }: JobHandle): JobHandle {
      const { createdAtSlack = 0 } = harness;
      return { ...job, createdAt: expect.closeTo(createdAt, -Math.log10(2 * createdAtSlack || 1)) };
    }

    function withLastNewline(text: string): string {
      return harness.logsLines === true ? `${text}\n` : text;
    }

    async function observe(id: string): Promise<JobObservation | undefined> {
      return (await backend.describe([id])).get(id);
    }

    async function ended(id: string): Promise<JobObservation> {
      return await pollUntil('the end of a job', async () => {
        const observation = await observe(id);
        return observation?.finishedAt === undefined ? undefined : observation;
      });
    }

    async function running(script: string): Promise<JobHandle> {
      const job = await backend.submit(request(`echo up; ${script}`));
      await pollUntil('the first line of a job', async () => (await logOf(backend, job.id)).startsWith('up\n'));
      return job;
    }

    it('can take jobs of both platforms', async () => {
      await backend.check(['linux/arm64', 'linux/amd64']);
    });

    describe('the life of a job', () => {
      it('goes from submit to success, with its times and its key', async () => {
        const before = Date.now();
        const wanted = request('sleep 1');
        const job = await backend.submit(wanted);
        expect(job.name).toBe(wanted.name);
        const live = await pollUntil('a running job', async () => {
          const observation = await observe(job.id);
          return observation?.state === 'running' ? observation : undefined;
        });
        expect(live).toMatchObject({ ...sameAs(job), jobKey: expect.stringMatching(/^[A-Za-z0-9-]+$/) });
        expect(live).not.toHaveProperty('exitCode');
        const last = await ended(job.id);
        expect(last).toMatchObject({ ...sameAs(job), state: 'succeeded', exitCode: 0, jobKey: live.jobKey });
        const { createdAt, startedAt = 0, finishedAt = 0 } = last;
        expect(createdAt).toBeGreaterThan(before - 60_000);
        expect(startedAt).toBeGreaterThanOrEqual(createdAt);
        expect(finishedAt - startedAt).toBeGreaterThanOrEqual(900);
      });

      it.each([1, 47, 127])('fails with exit code %i, which is not the fault of the infrastructure', async (code) => {
        const job = await backend.submit(request(`exit ${code}`));
        const last = await ended(job.id);
        expect(last).toMatchObject({ state: 'failed', exitCode: code });
        expect(last.infrastructureFailure ?? false).toBe(false);
      });

      it('hands on the environment byte for byte', async () => {
        const hostile = `a "b" 'c' $(echo pwned) \`echo pwned\`\n--leading = \\ ü€😀`;
        const job = await backend.submit(
          request('printenv HOSTILE', { environment: { TEST_SCRIPT: 'printenv HOSTILE', HOSTILE: hostile } }),
        );
        expect(await logOf(backend, job.id, { follow: true })).toBe(`${hostile}\n`);
      });

      it('is described in one call with others, without those that are unknown', async () => {
        const jobs = await Promise.all(['exit 0', 'exit 3'].map((script) => backend.submit(request(script))));
        await Promise.all(jobs.map((job) => ended(job.id)));
        const found = await backend.describe([...jobs.map((job) => job.id), harness.unknownId, 'no id of anybody']);
        expect([...found.keys()].sort()).toEqual(jobs.map((job) => job.id).sort());
        expect(await backend.describe([])).toEqual(new Map());
      });
    });

    describe('the name of a job', () => {
      it('adopts the job that has it, running or ended, where names are unique', async () => {
        if (!backend.features.uniqueNames) return;
        const wanted = request('sleep 1');
        const first = await backend.submit(wanted);
        expect(await backend.submit(wanted)).toEqual(first);
        expect(await harness.connect().submit(wanted)).toEqual(first);
        await ended(first.id);
        expect(await harness.connect().submit(wanted)).toEqual(first);
      });

      it('is that of each job that was submitted under it, earliest first, where names are not unique', async () => {
        if (backend.features.uniqueNames) return;
        const wanted = request('exit 0');
        const first = await backend.submit(wanted);
        await ended(first.id);
        const second = await harness.connect().submit(wanted);
        expect(second.id).not.toBe(first.id);
        expect(await backend.findByName(wanted.name)).toEqual([sameAs(first), sameAs(second)]);
      });

      it('starts one job however many submit at once, where names are unique', async () => {
        if (!backend.features.uniqueNames) return;
        const wanted = request('echo ran; sleep 1');
        const racers = Array.from({ length: 4 }, () => harness.connect());
        const handles = await Promise.all([backend, backend, ...racers].map((racer) => racer.submit(wanted)));
        expect(new Set(handles.map((handle) => handle.id)).size).toBe(1);
        expect(await backend.findByName(wanted.name)).toHaveLength(1);
        expect(await logOf(backend, handles[0]?.id ?? '', { follow: true })).toBe('ran\n');
      });

      it('finds exactly its job, also after the end and from another process', async () => {
        const wanted = request('exit 1');
        const longer = request('exit 0', { name: `${wanted.name}-2` });
        expect(await backend.findByName(wanted.name)).toEqual([]);
        const job = await backend.submit(wanted);
        await backend.submit(longer);
        await ended(job.id);
        expect(await harness.connect().findByName(wanted.name)).toEqual([sameAs(job)]);
        expect(await backend.findByName(wanted.name.slice(0, -1))).toEqual([]);
        expect(await backend.findByName(`.*${wanted.name.slice(-8)}`)).toEqual([]);
      });
    });

    describe('terminate', () => {
      it('lets a job clean up on TERM', async () => {
        const job = await running("trap 'echo cleaned; exit 143' TERM; while :; do sleep 0.1; done");
        await backend.terminate(job.id, 'the sibling failed');
        expect(await ended(job.id)).toMatchObject({
          state: 'failed',
          exitCode: 143,
          reason: expect.stringContaining('the sibling failed'),
        });
        expect((await observe(job.id))?.infrastructureFailure ?? false).toBe(false);
        expect(await logOf(backend, job.id)).toBe('up\ncleaned\n');
      });

      it('kills one that ignores TERM after the grace', async () => {
        const job = await running("trap '' TERM; while :; do sleep 0.1; done");
        const begun = Date.now();
        await backend.terminate(job.id, 'cancelled');
        const last = await ended(job.id);
        expect(last).toMatchObject({ state: 'failed', exitCode: 137 });
        expect(last.infrastructureFailure ?? false).toBe(false);
        expect(Date.now() - begun).toBeGreaterThanOrEqual(harness.graceSeconds * 1000 - 100);
      });

      it('is no error for one that has ended, was released, or never was', async () => {
        const job = await backend.submit(request('exit 0'));
        await ended(job.id);
        await backend.terminate(job.id, 'late');
        expect(await observe(job.id)).toMatchObject({ state: 'succeeded', exitCode: 0 });
        await backend.release(job.id);
        await backend.terminate(job.id, 'later');
        await backend.terminate(harness.unknownId, 'unknown');
      });
    });

    describe('the log', () => {
      it('has stdout and stderr', async () => {
        const job = await backend.submit(request('echo out; sleep 0.1; echo err >&2; sleep 0.1; printf unfinished'));
        expect(await logOf(backend, job.id, { follow: true })).toBe(withLastNewline('out\nerr\nunfinished'));
      });

      it('goes on from any cursor, in another process too, without loss or repetition', async () => {
        const script = 'i=0; while [ $i -lt 3000 ]; do echo "line $i of many, with ü€😀"; i=$((i+1)); done; printf end';
        const job = await backend.submit(request(script));
        const chunks = await chunksOf(backend, job.id, { follow: true });
        await ended(job.id);
        const whole = chunks.map((chunk) => chunk.text).join('');
        const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} of many, with ü€😀\n`).join('');
        expect(whole).toBe(withLastNewline(`${lines}end`));
        let read = '';
        for (const chunk of chunks) {
          read += chunk.text;
          expect(read + (await logOf(harness.connect(), job.id, { cursor: chunk.cursor }))).toBe(whole);
        }
      });

      it('gives whole lines, and without follow what is there now', async () => {
        const job = await running('printf "zwei\\ndr"; sleep 3; echo ei; sleep 1; exit 0');
        const now = await chunksOf(backend, job.id, {});
        expect(now.map((chunk) => chunk.text).join('')).toMatch(/^up\n(zwei\n)?$/);
        const rest = await chunksOf(backend, job.id, { follow: true, cursor: now.at(-1)?.cursor });
        const chunks = [...now, ...rest];
        expect(chunks.map((chunk) => chunk.text).join('')).toBe('up\nzwei\ndrei\n');
        for (const chunk of chunks) expect(chunk.text).toMatch(/\n$/);
      });

      it('comes while the job runs, where the backend says so', async () => {
        if (!backend.features.liveLogs) return;
        const job = await backend.submit(request('echo first; sleep 20'));
        const stop = new AbortController();
        for await (const chunk of backend.readLog(job.id, { follow: true, signal: stop.signal })) {
          expect(chunk.text).toBe('first\n');
          expect(await observe(job.id)).toMatchObject({ state: 'running' });
          break;
        }
        await backend.terminate(job.id, 'test is over');
      });

      it('ends without error when it is aborted', async () => {
        const job = await running('sleep 20');
        const stop = new AbortController();
        setTimeout(() => stop.abort(), 300);
        expect(await logOf(backend, job.id, { follow: true, signal: stop.signal })).toBe('up\n');
        expect(await logOf(backend, job.id, { follow: true, signal: AbortSignal.abort() })).toBe('');
        await backend.terminate(job.id, 'test is over');
      });

      it('loses none of 50,000 lines', async () => {
        const job = await backend.submit(request('seq 1 50000'));
        const text = await logOf(backend, job.id, { follow: true });
        expect(text === Array.from({ length: 50_000 }, (_, i) => `${i + 1}\n`).join('')).toBe(true);
        await ended(job.id);
        expect((await logOf(backend, job.id)) === text).toBe(true);
      });

      it('is empty for a job that is unknown', async () => {
        expect(await logOf(backend, harness.unknownId, { follow: true })).toBe('');
      });
    });

    describe('release', () => {
      it('frees an ended job, and may be repeated', async () => {
        const wanted = request('exit 0');
        const job = await backend.submit(wanted);
        await ended(job.id);
        await backend.release(job.id);
        await backend.release(job.id);
        await backend.release(harness.unknownId);
      });
    });

    describe('watch', () => {
      it('wakes at changes until it is aborted', async () => {
        if (backend.watch === undefined) return;
        const stop = new AbortController();
        let wakes = 0;
        const watching = backend.watch(() => void (wakes += 1), stop.signal);
        const job = await backend.submit(request('exit 0'));
        await ended(job.id);
        await pollUntil('a wake-up', () => wakes > 0);
        stop.abort();
        await watching;
      });
    });
  });
}

type LogOptions = Partial<ReadLogOptions>;

async function chunksOf(backend: JobBackend, id: string, options: LogOptions): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of backend.readLog(id, { follow: false, ...options })) chunks.push(chunk);
  return chunks;
}

async function logOf(backend: JobBackend, id: string, options: LogOptions = {}): Promise<string> {
  return (await chunksOf(backend, id, options)).map((chunk) => chunk.text).join('');
}
