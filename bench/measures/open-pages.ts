import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch } from 'undici';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { ServeBed } from '../../test/helpers/serve-bed.ts';
import type { Bed } from '../bed.ts';
import { onBothDatabases } from '../both-databases.ts';
import type { Measure } from '../measure.ts';
import type { Comparison } from '../results.ts';
import { median } from '../statistics.ts';
import { openStreamedService, streamTo } from '../streamed-service.ts';

const pages = 200;
/** Builds whose jobs wait in the queue; half of the pages show them, the other half the one whose job prints. */
const waiting = 50;
const windows = 4;
const windowSeconds = 10;

const allowed = { queries: 20, cpuSeconds: 0.3 };

export const openPages: Measure = {
  name: 'open-pages',
  title: 'Open pages of builds',
  method:
    `\`twinhull serve\` on a stand-in for AWS Batch with one job that prints 50 lines a second, and ${String(waiting)} builds that wait. ` +
    `${String(pages)} browsers, each signed in by itself, show a build: half of them the one that prints, the others those that wait. ` +
    `What that costs the service in each second: statements in its database and processor time, without those of ${String(windowSeconds)} seconds before the pages were opened.`,

  run: (bed) => onBothDatabases(bed, compare),
};

async function compare(bed: Bed, store: string, database: string | undefined): Promise<readonly Comparison[]> {
  const { bed: service, buildId } = await openStreamedService(bed, { streams: 0, database });
  const others: string[] = [];
  for (let n = 0; n < waiting; n += 1) {
    const { build } = (await (await service.submit()).json()) as { build: BuildJson };
    others.push(build.id);
  }
  const idle = await settledCost(service);
  bed.say(`${store}, no page: ${textOf(idle)}`);
  const opened = await Promise.all(
    Array.from({ length: pages }, (_, n) =>
      openPage(service, n % 2 === 0 ? buildId : (others[n % waiting] ?? buildId)),
    ),
  );
  await sleep(windowSeconds * 1000);
  const costs: Cost[] = [];
  for (let window = 0; window < windows; window += 1) {
    const cost = await costOf(service);
    bed.say(`${store}, ${String(pages)} pages: ${textOf(cost)}`);
    costs.push(cost);
  }
  for (const { requireOpen } of opened) requireOpen();
  await service.stop();
  const more = (of: keyof Cost): readonly number[] => costs.map((cost) => cost[of] - idle[of]);
  bed.say(
    `${store}: ${median(more('queries')).toFixed(1)} statements and ${median(more('cpuSeconds')).toFixed(3)} s a second`,
  );
  return [
    {
      ...{ what: `statements, ${store}`, unit: 'statements per second', target: { atMostTimes: 1 } },
      ours: { label: `${String(pages)} pages`, samples: more('queries') },
      baseline: { label: 'target', samples: [allowed.queries] },
    },
    {
      ...{ what: `processor time in a second, ${store}`, unit: 'seconds', target: { atMostTimes: 1 } },
      ours: { label: `${String(pages)} pages`, samples: more('cpuSeconds') },
      baseline: { label: 'target', samples: [allowed.cpuSeconds] },
    },
  ];
}

/** What the service uses in a second. */
interface Cost {
  readonly queries: number;
  readonly cpuSeconds: number;
}

/** Without pages, once the submissions before cost nothing more: when a window uses no less than the one before. */
async function settledCost(service: ServeBed): Promise<Cost> {
  let last = await costOf(service);
  for (;;) {
    const next = await costOf(service);
    if (next.queries >= 0.9 * last.queries) return next;
    last = next;
  }
}

async function costOf(service: ServeBed): Promise<Cost> {
  const begun = { at: performance.now(), ...(await used(service)) };
  await sleep(windowSeconds * 1000);
  const ended = await used(service);
  const seconds = (performance.now() - begun.at) / 1000;
  return {
    queries: (ended.queries - begun.queries) / seconds,
    cpuSeconds: (ended.cpuSeconds - begun.cpuSeconds) / seconds,
  };
}

async function used(service: ServeBed): Promise<Cost> {
  const metrics = await (await fetch(`${service.address}/metrics`, { headers: service.headers })).text();
  const queries = Number(/^twinhull_store_queries_total (\d+)$/m.exec(metrics)?.[1]);
  const stat = await readFile(`/proc/${String(service.pid)}/stat`, 'utf8');
  // After the name, which is in parentheses: utime and stime are fields 14 and 15, in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { queries, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
}

function textOf({ queries, cpuSeconds }: Cost): string {
  return `${queries.toFixed(1)} statements and ${cpuSeconds.toFixed(3)} s of processor time a second`;
}

interface OpenPage {
  /** @throws Error when one of its streams has ended */
  readonly requireOpen: () => void;
}

/** Asks for what the page of a build asks for: web/src/page-build.tsx, web/src/log-store.ts. */
async function openPage(service: ServeBed, id: string): Promise<OpenPage> {
  const headers = { cookie: await signIn(service) };
  const get = async (path: string): Promise<void> => {
    const answer = await fetch(service.address + path, { headers });
    if (!answer.ok) throw new Error(`GET ${path}: ${String(answer.status)} ${await answer.text()}`);
    await answer.text();
  };
  await get('/v1/session');
  await get(`/v1/builds/${id}`);
  const events = streamTo(`${service.address}/v1/builds/${id}/events?after=0&limit=1000&build=true`, headers);
  const logs = ['arm64', 'amd64'].map((platform) =>
    streamTo(`${service.address}/v1/builds/${id}/logs/${platform}?attempt=1&offset=0`, headers),
  );
  return { requireOpen: () => [events, ...logs].forEach(({ requireOpen }) => requireOpen()) };
}

async function signIn(service: ServeBed): Promise<string> {
  const answer = await fetch(`${service.address}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'twinhull-request': 'bench' },
    body: JSON.stringify({ token: service.headers.authorization.replace('Bearer ', '') }),
  });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0];
  if (cookie === undefined) throw new Error(`the sign-in was answered with ${String(answer.status)}`);
  return cookie;
}
