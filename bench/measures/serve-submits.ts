import { setTimeout } from 'node:timers/promises';
import { startPostgres } from '../../test/helpers/postgres-server.ts';
import { listen, type Streamed } from '../../test/helpers/stream-client.ts';
import type { Bed } from '../bed.ts';
import { secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import type { Comparison } from '../results.ts';
import { median, quantile } from '../statistics.ts';
import { openStreamedService, type StreamedService } from '../streamed-service.ts';

const submits = 6_000;
const submitsPerSecond = 100;
const streams = 200;
/** Limits in seconds: for all submits, which arrive within 60 s, for a GET, and for an event. */
const limits = { accepted: 66, get: 0.1, event: 0.2 };

export const serveSubmits: Measure = {
  name: 'serve-submits',
  title: 'Submits in a burst',
  method:
    `\`twinhull serve\` and a stand-in for AWS Batch: ${submits.toLocaleString('en')} submits, ${String(submitsPerSecond)} of them sent each second whether or not ` +
    `earlier ones were answered, while ${String(streams)} clients stream one log and one client reads a build again and again. Until the last is accepted; ` +
    'the read that 99 % do not exceed; and from the moment of an event to its arrival at a client of the event stream. PostgreSQL waits for the disk at each commit. ' +
    'Clients, stand-in and database have the same processors.',

  async run(bed) {
    const postgres = await startPostgres({ fsync: true });
    bed.defer(() => postgres.dispose());
    return {
      comparisons: [
        ...(await measure(bed, 'SQLite', undefined)),
        ...(await measure(bed, 'PostgreSQL', await postgres.createDatabase())),
      ],
    };
  },
};

async function measure(bed: Bed, store: string, database: string | undefined): Promise<readonly Comparison[]> {
  const service = await openStreamedService(bed, { streams, database });
  const latencies: number[] = [];
  void listen(`${service.bed.address}/v1/events`, { headers: service.bed.headers, seen: timed(latencies) }).catch(
    (error: unknown) => bed.say(`the stream of events ended: ${String(error)}`),
  );
  const reads: number[] = [];
  let isOver = false;
  const reading = (async () => {
    while (!isOver) {
      reads.push(await secondsOf(() => service.bed.get(`/v1/builds/${service.buildId}`)));
      await setTimeout(50);
    }
  })();
  const accepted = await secondsOf(() => submitAll(service));
  isOver = true;
  await reading;
  service.requireStreams();
  await service.bed.dispose();
  if (latencies.length < submits) throw new Error(`only ${String(latencies.length)} events arrived`);
  bed.say(`${store}: accepted in ${accepted.toFixed(1)} s, ${String(reads.length)} reads`);
  return [
    row(`until the last is accepted, ${store}`, accepted, limits.accepted),
    row(`reading a build, p99, ${store}`, quantile(reads, 0.99), limits.get),
    row(`an event to a client, median, ${store}`, median(latencies), limits.event),
  ];
}

function row(what: string, seconds: number, limit: number): Comparison {
  return {
    what,
    unit: 'seconds',
    ours: { label: 'measured', samples: [seconds] },
    baseline: { label: 'target', samples: [limit] },
    target: { atMostTimes: 1 },
  };
}

/** Sends a submit every hundredth of a second, however long the answers take, and waits for all of them. */
async function submitAll({ bed }: StreamedService): Promise<void> {
  const begun = performance.now();
  const answers: Promise<void>[] = [];
  for (let sent = 0; sent < submits; sent += 1) {
    await setTimeout(begun + (sent * 1000) / submitsPerSecond - performance.now());
    answers.push(submit(bed));
  }
  await Promise.all(answers);
}

async function submit(bed: StreamedService['bed']): Promise<void> {
  const response = await bed.submit();
  const text = await response.text();
  if (response.status !== 201) throw new Error(`a submit was answered ${String(response.status)}: ${text}`);
}

/** An array that keeps of each event only the seconds from its moment to its arrival. */
function timed(latencies: number[]): Streamed[] {
  const seen: Streamed[] = [];
  seen.push = (...events) => {
    for (const { data, at } of events) {
      const { at: moment } = JSON.parse(data) as { readonly at?: string };
      if (moment !== undefined) latencies.push((at - Date.parse(moment)) / 1000);
    }
    return 0;
  };
  return seen;
}
