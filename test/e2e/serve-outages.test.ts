import { fetch, type Response } from 'undici';
import { afterEach, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { builderRun } from '../helpers/batch-conduct.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { ServeBed, type ServeBedOptions } from '../helpers/serve-bed.ts';
import { listen, type Streamed } from '../helpers/stream-client.ts';

/** The longest that anything may take on a machine that is busy with others, in milliseconds. */
const patience = 180_000;
const env = { TWINHULL_INTERVAL_SECONDS: '0.3', TWINHULL_SETTLE_SECONDS: '2', TWINHULL_LEASE_SECONDS: '3' };

const opened: { dispose(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.dispose();
});

async function serving(options: Partial<ServeBedOptions> = {}): Promise<ServeBed> {
  const conduct: ServeBedOptions['conduct'] = (registry) => () => ({ runs: [builderRun(registry, 2_000)] });
  const bed = await ServeBed.open({ conduct, env, ...options });
  opened.push(bed);
  await bed.serve();
  return bed;
}

async function submitted(bed: ServeBed, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const response = await bed.submit();
    const answer = (await response.json()) as { readonly build: BuildJson };
    expect(response.status, JSON.stringify(answer)).toBe(201);
    ids.push(answer.build.id);
  }
  return ids;
}

/** A refusal with a reason and a time to retry. */
async function expectUnavailable(response: Response, code: string): Promise<void> {
  const body = (await response.json()) as Record<string, unknown>;
  expect([response.status, body['code']], JSON.stringify(body)).toEqual([503, code]);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(body).toMatchObject({ retryable: true, title: expect.any(String), hint: expect.any(String) });
}

/** Every build ends published, each tag put once, and the service never went away. */
async function expectAllPublished(bed: ServeBed, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const build = await pollUntil(
      `build ${id} to end`,
      async () => {
        const found = await bed.get<BuildJson>(`/v1/builds/${id}`);
        return found.finishedAt === null ? undefined : found;
      },
      patience,
    );
    expect(build, JSON.stringify(build.failure)).toMatchObject({ state: 'published', failure: null });
    for (const { tag, digest } of build.tags) {
      expect(bed.registry.registry.moves.filter((move) => move.tag === tag)).toEqual([
        { tag, from: undefined, to: digest },
      ]);
    }
  }
  expect(bed.lives).toBe(true);
}

function look(bed: ServeBed, path: string): Promise<Response> {
  return fetch(bed.address + path, { headers: bed.headers });
}

async function eventTypes(bed: ServeBed, id: string): Promise<readonly string[]> {
  const { events } = await bed.get<{ events: { event: { type: string } }[] }>(`/v1/builds/${id}/events?limit=1000`);
  return events.map(({ event }) => event.type);
}

/** Whether all jobs submitted so far have ended. */
function jobsEnded(bed: ServeBed, count: number): boolean {
  const { jobs } = bed.standIn.api;
  return jobs.length >= count && jobs.every(({ isOver }) => isOver);
}

it('returns 503 while PostgreSQL is down, and recovers without a gap in its streams', {
  timeout: 600_000,
}, async () => {
  const server: PostgresServer = await startPostgres();
  opened.push(server);
  const bed = await serving({ database: await server.createDatabase() });
  const ids = await submitted(bed, 5);
  const seen: Streamed[] = [];
  const stream = listen(`${bed.address}/v1/events`, { headers: bed.headers, seen });
  await pollUntil('the jobs to run', () => bed.standIn.api.jobs.length === 10, patience);

  await server.kill();
  for (const path of ['/readyz', '/v1/builds', `/v1/builds/${ids[0]}`, `/v1/builds/${ids[0]}/events`, '/v1/events'])
    await expectUnavailable(await look(bed, path), 'StoreUnavailable');
  await expectUnavailable(await bed.submit(), 'StoreUnavailable');
  expect((await look(bed, '/healthz')).status).toBe(200);
  await pollUntil('all jobs to end while no process can record it', () => jobsEnded(bed, 10), patience);
  await expectUnavailable(await look(bed, '/readyz'), 'StoreUnavailable');

  await server.start();
  await pollUntil('the service to serve again', async () => (await look(bed, '/readyz')).ok, patience);
  await expectAllPublished(bed, ids);
  await expectAllPublished(bed, await submitted(bed, 1));
  const { events } = await bed.get<{ events: { sequence: number }[] }>('/v1/events?limit=1000');
  const last = events.at(-1)?.sequence ?? 0;
  await pollUntil('all events to come', () => Number(seen.at(-1)?.id ?? 0) >= last, patience);
  const sequences = seen.map(({ id }) => Number(id)).filter((sequence) => sequence <= last);
  expect(sequences).toEqual(events.map(({ sequence }) => sequence));
  expect(await bed.stop(), bed.log).toBe(0);
  await stream;
});

it('keeps builds while the registry is down, refuses new ones with the reason, and publishes later', {
  timeout: 600_000,
}, async () => {
  const bed = await serving();
  const ids = await submitted(bed, 3);
  await pollUntil('the jobs to run', () => bed.standIn.api.jobs.length === 6, patience);
  bed.registry.registry.down = true;
  await expectUnavailable(await bed.submit(), 'RegistryUnreachable');
  await pollUntil('all jobs to end', () => jobsEnded(bed, 6), patience);
  await pollUntil(
    'a build to wait for the registry',
    async () => (await eventTypes(bed, ids[0] ?? '')).includes('publish.waiting'),
    patience,
  );
  for (const id of ids) expect((await bed.get<BuildJson>(`/v1/builds/${id}`)).finishedAt).toBeNull();
  expect((await look(bed, '/readyz')).status).toBe(200);
  expect(bed.registry.registry.moves.filter(({ tag }) => !tag.startsWith('staging-'))).toEqual([]);
  bed.registry.registry.down = false;
  await expectAllPublished(bed, ids);
});

it('loses no build while the AWS Batch API is down, and submits none twice', { timeout: 600_000 }, async () => {
  let away = false;
  const bed = await serving({ faults: () => (away ? 'lost-before' : undefined) });
  const early = await submitted(bed, 3);
  await pollUntil('the jobs to run', () => bed.standIn.api.jobs.length === 6, patience);
  away = true;
  // The result of the check is reused for some seconds: until then a submit is accepted, and the build waits.
  const commit = 'ab'.repeat(20);
  const refused = await pollUntil(
    'a submit to be refused',
    async () => {
      const response = await bed.submit(commit);
      if (response.status === 503) return response;
      await response.text();
      return undefined;
    },
    patience,
  );
  await expectUnavailable(refused, 'BackendUnreachable');
  expect((await look(bed, '/readyz')).status).toBe(200);
  for (const id of early) expect((await bed.get<BuildJson>(`/v1/builds/${id}`)).state).toBe('building');
  away = false;
  const { builds } = await bed.get<{ builds: { id: string }[] }>('/v1/builds');
  await expectAllPublished(
    bed,
    builds.map(({ id }) => id),
  );
  const names = bed.standIn.api.jobs.map(({ job }) => job.jobName);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(2 * builds.length);
});
