import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type {
  JobBackend,
  JobHandle,
  JobObservation,
  JobRequest,
  LogChunk,
  ReadLogOptions,
} from '../../../src/ports/job-backend.ts';
import { pollUntil } from '../../helpers/poll-until.ts';

/** What the suite needs to know about a backend. Its jobs must run `sh -c "$TEST_SCRIPT"` as their first process. */
export interface JobBackendHarness {
  /** A client of the backend that shares nothing in memory with others, as another process would have. */
  connect(): JobBackend;
  /** Removes everything that the jobs of these names left. */
  cleanUp(names: readonly string[]): Promise<void>;
  /** Seconds between TERM and KILL. */
  readonly graceSeconds: number;
  /** An id in the backend's form that belongs to no job. */
  readonly unknownId: string;
  /** Whether the backend keeps logs as lines, so that the last one always ends with a newline. @default false */
  readonly logsLines?: boolean;
  /** How far the time that `submit` returns for a job may be from the backend's own, in milliseconds. @default 0 */
  readonly createdAtSlack?: number;
}

/** The backend under test, from `start` on, with the operations that its tests share. */
export class BackendBed {
  harness!: JobBackendHarness;
  backend!: JobBackend;
  readonly #names: string[] = [];

  async start(open: () => Promise<JobBackendHarness>): Promise<void> {
    this.harness = await open();
    this.backend = this.harness.connect();
  }

  request(script: string, change: Partial<JobRequest> = {}): JobRequest {
    const name = `twinhull-contract-${randomBytes(6).toString('hex')}`;
    this.#names.push(change.name ?? name);
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

  /** The same job, as another call of the backend returns it. */
  sameAs({ createdAt, ...job }: JobHandle): JobHandle {
    const { createdAtSlack = 0 } = this.harness;
    return { ...job, createdAt: expect.closeTo(createdAt, -Math.log10(2 * createdAtSlack || 1)) };
  }

  withLastNewline(text: string): string {
    return this.harness.logsLines === true ? `${text}\n` : text;
  }

  async observe(id: string): Promise<JobObservation | undefined> {
    return (await this.backend.describe([id])).get(id);
  }

  async ended(id: string): Promise<JobObservation> {
    return await pollUntil('the end of a job', async () => {
      const observation = await this.observe(id);
      return observation?.finishedAt === undefined ? undefined : observation;
    });
  }

  /** A job that has run `setUp`, printed the line "up", and goes on with `script`. */
  async running(script: string, setUp = ''): Promise<JobHandle> {
    const job = await this.backend.submit(this.request(`${setUp} echo up; ${script}`));
    await pollUntil('the first line of a job', async () => (await logOf(this.backend, job.id)).startsWith('up\n'));
    return job;
  }

  async dispose(): Promise<void> {
    await this.harness.cleanUp(this.#names);
  }
}

type LogOptions = Partial<ReadLogOptions>;

export async function chunksOf(backend: JobBackend, id: string, options: LogOptions): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of backend.readLog(id, { follow: false, ...options })) chunks.push(chunk);
  return chunks;
}

export async function logOf(backend: JobBackend, id: string, options: LogOptions = {}): Promise<string> {
  return (await chunksOf(backend, id, options)).map((chunk) => chunk.text).join('');
}
