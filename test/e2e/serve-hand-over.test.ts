import { expect, it, onTestFinished } from 'vitest';
import { EventWorld } from '../helpers/event-world.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { startPostgres } from '../helpers/postgres-server.ts';

it('hands the builds to the other replica at once when it is told to stop, and answers until it has', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.dispose());
  const lease = { TWINHULL_LEASE_SECONDS: '10', TWINHULL_DRAIN_SECONDS: '3' };
  const world = await EventWorld.open({ DATABASE_URL: await server.createDatabase(), ...lease });
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

  first.process.kill('SIGTERM');
  const told = performance.now();
  // At once, while it still lives and answers.
  await pollUntil('the first not to be ready', async () => (await first.fetch('/readyz')).status === 503);
  expect((await first.fetch('/healthz')).status).toBe(200);
  expect((await world.build(first, id)).state).toBe('building');
  await streaming;
  await pollUntil('the second to drive', async () => (await second.metric('twinhull_lease_held')) === 1);
  const seconds = (performance.now() - told) / 1000;
  // A lease that nobody gave back would have lasted for 6 s more at the least, as it is renewed by thirds.
  expect(seconds).toBeLessThan(5);
  console.info(`the second replica drove ${seconds.toFixed(1)} s after the first was told to stop`);

  await world.finish(id);
  await pollUntil('the build to be published', async () => (await world.build(second, id)).state === 'published');
  expect((await first.process).exitCode, first.log()).toBe(0);
  expect(first.log()).toContain('"msg":"stopped"');
  expect(await second.metric('twinhull_builds_ended_total{state="published"}')).toBe(1);
  expect(world.batch.api.jobs).toHaveLength(2);
});
