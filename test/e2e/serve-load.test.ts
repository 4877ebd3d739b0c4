import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { startPostgres } from '../helpers/postgres-server.ts';
import { printing } from '../helpers/printing-run.ts';
import { inParallel } from '../helpers/published-once.ts';
import { ServeBed } from '../helpers/serve-bed.ts';
import { listen, logText, type Streamed } from '../helpers/stream-client.ts';

/** How many builds are submitted; more with `npm run soak`. bench/ measures how fast they are accepted. */
const submits = Number(process.env['TWINHULL_SOAK_SUBMITS'] || 100);
const submitsAtOnce = 40;
const logClients = 40;
const eventClients = 5;
const megabyte = 1024 * 1024;
/** Memory limit of the service, in bytes: several times what it needs. */
const mostMemory = 600 * megabyte;

/** Submits as a client should: asked to retry, it does so with the same key. */
async function submit(bed: ServeBed): Promise<void> {
  const [commit, key] = [randomBytes(20).toString('hex'), randomUUID()];
  for (let tries = 1; ; tries += 1) {
    const response = await bed.submit(commit, { 'idempotency-key': key });
    const answer = await response.text();
    if (response.status === 201 || (tries > 1 && response.status === 200)) return;
    expect(response.status, answer).toBe(503);
    await setTimeout(Number(response.headers.get('retry-after')) * 1000);
  }
}

/** Many concurrent submits, while a build is read again and again. */
async function load(bed: ServeBed, buildId: string): Promise<void> {
  let isOver = false;
  const reading = (async () => {
    while (!isOver) expect(await bed.get(`/v1/builds/${buildId}`)).toMatchObject({ id: buildId });
  })();
  await inParallel(Array.from({ length: submits }), submitsAtOnce, () => submit(bed));
  isOver = true;
  await reading;
}

interface EventsPage {
  readonly events: readonly { readonly sequence: number }[];
  readonly next: number;
}

async function allEvents(bed: ServeBed): Promise<readonly number[]> {
  const sequences: number[] = [];
  for (;;) {
    const page = await bed.get<EventsPage>(`/v1/events?limit=1000&after=${sequences.at(-1) ?? 0}`);
    if (page.events.length === 0) return sequences;
    sequences.push(...page.events.map(({ sequence }) => sequence));
  }
}

it.each(['SQLite', 'PostgreSQL'])(
  'streams one log to many clients during many submits, without loss: %s',
  { timeout: 1_200_000 + submits * 1_000 },
  async (kind) => {
    const postgres = kind === 'PostgreSQL' ? await startPostgres() : undefined;
    onTestFinished(() => postgres?.dispose());
    const commit = 'c0ffee'.padEnd(40, '0');
    const printed = printing(50);
    const bed = await ServeBed.open({
      database: await postgres?.createDatabase(),
      conduct:
        () =>
        ({ environment }) => {
          const isPrinting =
            environment['TWINHULL_COMMIT'] === commit && environment['TWINHULL_PLATFORM'] === 'linux/arm64';
          return isPrinting ? { runs: [printed.run] } : { runnableMilliseconds: 86_400_000, runs: [] };
        },
    });
    onTestFinished(() => bed.dispose());
    const address = await bed.serve();
    const { build } = (await (await bed.submit(commit)).json()) as { build: BuildJson };
    await pollUntil('the job to print', async () => {
      const { headers } = bed;
      const response = await fetch(`${address}/v1/builds/${build.id}/logs/arm64`, { headers });
      return (await response.text()).includes('line 1 ');
    });

    const { headers } = bed;
    const logs = Array.from({ length: logClients }, () =>
      listen(`${address}/v1/builds/${build.id}/logs/arm64`, { headers }),
    );
    const seen = Array.from({ length: eventClients }, (): Streamed[] => []);
    const streams = seen.map((each) => listen(`${address}/v1/events`, { headers, seen: each }));
    for (const stream of [...logs, ...streams]) stream.catch(() => undefined);
    await load(bed, build.id);

    printed.end();
    const texts = (await Promise.all(logs)).map(logText);
    const expected = printed.text();
    expect(texts.filter((text) => text !== expected)).toEqual([]);
    const sequences = await allEvents(bed);
    const last = sequences.at(-1) ?? 0;
    expect(sequences.length).toBeGreaterThan(submits);
    await pollUntil('all events to come', () => seen.every((each) => Number(each.at(-1)?.id ?? 0) >= last));
    for (const each of seen)
      expect(each.map(({ id }) => Number(id)).filter((sequence) => sequence <= last)).toEqual(sequences);
    const { peak } = await bed.memory();
    expect(await bed.stop(), bed.log).toBe(0);
    await Promise.all(streams);

    expect(peak).toBeLessThan(mostMemory);
  },
);
