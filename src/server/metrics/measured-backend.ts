import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobBackend, LogChunk } from '../../ports/job-backend.ts';
import type { Meters } from './meters.ts';

/** Wraps a backend to count and time its calls. */
export function measuredBackend(backend: JobBackend, meters: Meters, clock: Clock): JobBackend {
  const count = (operation: string, outcome: string): void =>
    meters.count('twinhull_backend_calls_total', { backend: backend.name, operation, outcome });

  async function timed<T>(operation: string, call: () => Promise<T>): Promise<T> {
    const begun = clock.now();
    try {
      const answer = await call();
      count(operation, 'succeeded');
      return answer;
    } catch (error) {
      count(operation, codeOf(error));
      throw error;
    } finally {
      const labels = { backend: backend.name, operation };
      meters.observe('twinhull_backend_call_duration_seconds', labels, (clock.now() - begun) / 1000);
    }
  }

  async function* counted(chunks: AsyncIterable<LogChunk>): AsyncGenerator<LogChunk> {
    try {
      yield* chunks;
      count('readLog', 'succeeded');
    } catch (error) {
      count('readLog', codeOf(error));
      throw error;
    }
  }

  return {
    name: backend.name,
    features: backend.features,
    check: (...args) => timed('check', () => backend.check(...args)),
    ...(backend.readyToSubmit && { readyToSubmit: backend.readyToSubmit.bind(backend) }),
    submit: (...args) => timed('submit', () => backend.submit(...args)),
    describe: (...args) => timed('describe', () => backend.describe(...args)),
    findByName: (...args) => timed('findByName', () => backend.findByName(...args)),
    terminate: (...args) => timed('terminate', () => backend.terminate(...args)),
    readLog: (...args) => counted(backend.readLog(...args)),
    release: (...args) => timed('release', () => backend.release(...args)),
    ...(backend.watch && { watch: backend.watch.bind(backend) }),
  };
}

function codeOf(error: unknown): string {
  return TwinhullError.is(error) ? error.code : 'InternalError';
}
