import type { BuildJson } from '../src/build-json/shapes.ts';
import { reasonOf } from '../src/domain/errors/twinhull-error.ts';
import { pollUntil } from '../test/helpers/poll-until.ts';
import { printing } from '../test/helpers/printing-run.ts';
import { ServeBed } from '../test/helpers/serve-bed.ts';
import { listen, type Streamed } from '../test/helpers/stream-client.ts';
import type { Bed } from './bed.ts';

export interface StreamedService {
  readonly bed: ServeBed;
  /** The build whose job prints; the jobs of all others wait in the queue. */
  readonly buildId: string;
  /** @throws Error when a stream has ended */
  readonly requireStreams: () => void;
}

export interface StreamedServiceOptions {
  /** How many clients stream the log of the printing job. */
  readonly streams: number;
  /** URL of a PostgreSQL database. @default SQLite */
  readonly database?: string | undefined;
}

/** `twinhull serve` with a stand-in for AWS Batch on which one job prints 50 lines a second, streamed by clients. */
export async function openStreamedService(
  bed: Bed,
  { streams, database }: StreamedServiceOptions,
): Promise<StreamedService> {
  const commit = 'c0ffee'.padEnd(40, '0');
  const printed = printing(50);
  const service = await ServeBed.open({
    database,
    conduct:
      () =>
      ({ environment }) =>
        environment['TWINHULL_COMMIT'] === commit
          ? { runs: [printed.run] }
          : { runnableMilliseconds: 86_400_000, runs: [] },
  });
  bed.defer(() => service.dispose());
  const address = await service.serve();
  const { build } = (await (await service.submit(commit)).json()) as { build: BuildJson };
  const log = `${address}/v1/builds/${build.id}/logs/arm64`;
  await pollUntil('the job to print', async () => {
    const text = await (await fetch(log, { headers: service.headers })).text();
    return text.includes('line 1 ');
  });
  const { headers } = service;
  // The streams end with the service, after their endings were checked.
  const opened = Array.from({ length: streams }, () => streamTo(log, headers));
  return { bed: service, buildId: build.id, requireStreams: () => opened.forEach(({ requireOpen }) => requireOpen()) };
}

/** Reads a stream and discards what it sends. */
export function streamTo(
  url: string,
  headers: Readonly<Record<string, string>>,
): { /** @throws Error when it has ended */ readonly requireOpen: () => void } {
  let ending: string | undefined;
  listen(url, { headers, seen: forgetful() }).then(
    () => (ending = 'it was at its end'),
    (error: unknown) => (ending = reasonOf(error)),
  );
  return {
    requireOpen: () => {
      if (ending !== undefined) throw new Error(`the stream ${url} ended early: ${ending}`);
    },
  };
}

/** An array that discards what is pushed. */
function forgetful(): Streamed[] {
  const nothing: Streamed[] = [];
  nothing.push = () => 0;
  return nothing;
}
