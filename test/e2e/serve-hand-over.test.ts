import { expect, it, onTestFinished } from 'vitest';
import { openPostgresStore } from '../../src/adapters/store/postgres.ts';
import { EventWorld } from '../helpers/event-world.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { startPostgres } from '../helpers/postgres-server.ts';

it('hands the builds to the other replica at once on SIGTERM, and responds until then', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.dispose());
  const database = await server.createDatabase();
  const lease = { TWINHULL_LEASE_SECONDS: '120', TWINHULL_DRAIN_SECONDS: '3' };
  const world = await EventWorld.open({ DATABASE_URL: database, ...lease });
  onTestFinished(() => world.dispose());
  const first = await world.serve();
  await pollUntil('the first to drive', async () => (await first.metric('twinhull_lease_held')) === 1);
  const second = await world.serve();
  const id = await world.submit(first);
  await world.running(first, id);
  expect(await second.metric('twinhull_lease_held')).toBe(0);
  expect((await second.fetch('/readyz')).status).toBe(200);
  const stream = await first.fetch(`/v1/builds/${id}/events`, { headers: { accept: 'text/event-stream' } });
  let streamed = '';
  const streaming = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of stream.body ?? []) streamed += decoder.decode(bytes as Uint8Array, { stream: true });
  })();
  await pollUntil('the stream to have begun', () => streamed.includes('event: job.started'));

  const store = await openPostgresStore(database);
  onTestFinished(() => store.close());
  const held = await store.leaseHolder(Date.now());
  first.process.kill('SIGTERM');
  // At once, while it is still running and answering.
  await pollUntil('the first not to be ready', async () => (await first.fetch('/readyz')).status === 503);
  expect((await first.fetch('/healthz')).status).toBe(200);
  expect((await world.build(first, id)).state).toBe('building');
  await streaming;
  await pollUntil('the second to drive', async () => (await second.metric('twinhull_lease_held')) === 1);
  // The first lease was returned: it has not expired yet.
  expect(held?.expiresAt).toBeGreaterThan(Date.now());

  await world.finish(id);
  await pollUntil('the build to be published', async () => (await world.build(second, id)).state === 'published');
  expect((await first.process).exitCode, first.log()).toBe(0);
  expect(first.log()).toContain('"msg":"stopped"');
  expect(await second.metric('twinhull_builds_ended_total{state="published"}')).toBe(1);
  expect(world.batch.api.jobs).toHaveLength(2);
});
