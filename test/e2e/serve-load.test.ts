import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { quantile } from '../../bench/statistics.ts';
import type { BuildJson } from '../../src/presentation/json.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { startPostgres } from '../helpers/postgres-server.ts';
import { printing } from '../helpers/printing-run.ts';
import { ServeBed } from '../helpers/serve-bed.ts';
import { listen, logText, type Streamed } from '../helpers/stream-client.ts';

/** How long the load lasts; more with `npm run soak`. */
const seconds = Number(process.env['TWINHULL_SOAK_SECONDS'] || 10);
const submitsPerSecond = 100;
const logClients = 200;
const eventClients = 5;
const megabyte = 1024 * 1024;
/** What the service may have in memory, in bytes: several times what it needs. */
const mostMemory = 600 * megabyte;

/** As a client is to do: one who is told to come again does so, with the same key. @returns how often it was asked */
async function submitted(bed: ServeBed): Promise<number> {
  const [commit, key] = [randomBytes(20).toString('hex'), randomUUID()];
  for (let tries = 1; ; tries += 1) {
    const response = await bed.submit(commit, { 'idempotency-key': key });
    const answer = await response.text();
    if (response.status === 201 || (tries > 1 && response.status === 200)) return tries;
    expect(response.status, answer).toBe(503);
    expect(tries).toBeLessThan(50);
    await setTimeout(Number(response.headers.get('retry-after')) * 1000);
  }
}

/** Submits as they come in, not as they are answered; meanwhile somebody asks for a build, again and again. */
async function load(bed: ServeBed, buildId: string) {
  const submits: Promise<number>[] = [];
  const gets: number[] = [];
  const begun = performance.now();
  const submitting = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min((performance.now() - begun) / 1000, seconds) * submitsPerSecond;
      while (submits.length < due) submits.push(submitted(bed));
      if (submits.length < seconds * submitsPerSecond) return;
      clearInterval(timer);
      resolve();
    }, 10);
  });
  let isOver = false;
  const asking = (async () => {
    while (!isOver) gets.push(await millisecondsOf(() => bed.get(`/v1/builds/${buildId}`)));
  })();
  await submitting;
  const tries = await Promise.all(submits);
  const answeredIn = (performance.now() - begun) / 1000;
  isOver = true;
  await asking;
  return { tries, answeredIn, gets };
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
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
  'streams one log to 200 while 100 submits a second arrive, and loses nothing: %s',
  { timeout: 600_000 + seconds * 30_000 },
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
    const before = { memory: await bed.memory(), cpu: await bed.cpuSeconds() };
    const { tries, answeredIn, gets } = await load(bed, build.id);

    printed.end();
    const texts = (await Promise.all(logs)).map(logText);
    const expected = printed.text();
    expect(texts.filter((text) => text !== expected)).toEqual([]);
    const sequences = await allEvents(bed);
    const last = sequences.at(-1) ?? 0;
    expect(sequences.length).toBeGreaterThan(seconds * submitsPerSecond);
    await pollUntil('all events to come', () => seen.every((each) => Number(each.at(-1)?.id ?? 0) >= last), 120_000);
    for (const each of seen)
      expect(each.map(({ id }) => Number(id)).filter((sequence) => sequence <= last)).toEqual(sequences);
    const memory = await bed.memory();
    const cpu = (await bed.cpuSeconds()) - before.cpu;
    expect(await bed.stop(), bed.log).toBe(0);
    await Promise.all(streams);

    const late = seen.flatMap((each) =>
      each.map(({ at, data }) => at - Date.parse((JSON.parse(data) as { at: string }).at)),
    );
    process.stderr.write(
      `serve-load ${kind}: ${tries.length} submits, ${tries.filter((times) => times > 1).length} of them told to come again, accepted in ${answeredIn.toFixed(1)} s; ${sequences.length} events, ` +
        `${logClients} logs of ${expected.length} characters; an event came after ${quantile(late, 0.5).toFixed(0)} ms (median), ` +
        `${quantile(late, 0.99).toFixed(0)} ms (p99); GET of a build took ${quantile(gets, 0.5).toFixed(0)} ms (median), ` +
        `${quantile(gets, 0.99).toFixed(0)} ms (p99); ${cpu.toFixed(1)} s of CPU; memory ${(before.memory.now / megabyte).toFixed(0)} MB before, ` +
        `${(memory.peak / megabyte).toFixed(0)} MB at most\n`,
    );
    expect(memory.peak).toBeLessThan(mostMemory);
  },
);
