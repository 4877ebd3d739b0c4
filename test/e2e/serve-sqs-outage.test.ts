import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventWorld, type Service } from '../helpers/event-world.ts';
import { pollUntil } from '../helpers/poll-until.ts';

let world: EventWorld;
let service: Service;

beforeAll(async () => {
  world = await EventWorld.open({ TWINHULL_QUIET_INTERVAL_SECONDS: '2', TWINHULL_HEARD_INTERVAL_SECONDS: '3600' });
  service = await world.serve();
});

afterAll(() => world.dispose());

const eventsAvailable = (value: number) => async () => (await service.metric('twinhull_event_queue_hearing')) === value;
const messages = (kind: string) => service.metric(`twinhull_event_queue_messages_total{kind="${kind}"}`);

async function publish(): Promise<void> {
  const id = await world.submit(service);
  await world.running(service, id);
  await world.finish(id);
  await pollUntil('the build to be published', async () => (await world.build(service, id)).state === 'published');
}

it('builds continue by polling while SQS is down, and events are used again afterwards', async () => {
  await pollUntil('events to be available', eventsAvailable(1));
  await publish();
  expect(await messages('changed')).toBeGreaterThan(0);
  await pollUntil('every message to be deleted', () => world.events.size === 0);

  await world.events.close();
  await pollUntil('the outage to be noticed', eventsAvailable(0));
  const before = await messages('changed');
  await publish();
  expect(await messages('changed')).toBe(before);
  expect((await service.fetch('/readyz')).status).toBe(200);

  await world.events.open();
  await pollUntil('events to be available again', eventsAvailable(1));
  await publish();
  expect(await messages('changed')).toBeGreaterThan(before);
  await pollUntil('every message to be deleted', () => world.events.size === 0);
  const logged = (what: string): number => service.log().split(what).length - 1;
  expect(logged('job event queue unavailable; polling instead')).toBe(1);
  expect(logged('job event queue available again')).toBe(1);
});

it('a malformed message in the queue is discarded, counted, logged once per kind, and blocks nothing', async () => {
  const [malformed, foreign] = [await messages('malformed'), await messages('foreign')];
  for (const poison of ['no {json', '{}', '[1]', '{"source":"aws.batch","detail-type":"Batch Job State Change"}'])
    world.events.send(poison);
  const detail = { jobId: 'x', jobName: 'nightly', jobQueue: 'simulations', status: 'RUNNING' };
  for (let n = 0; n < 3; n += 1)
    world.events.send({ source: 'aws.batch', 'detail-type': 'Batch Job State Change', detail });
  await publish();
  await pollUntil('every message to be deleted', () => world.events.size === 0);
  expect(await messages('malformed')).toBe(malformed + 4);
  expect(await messages('foreign')).toBe(foreign + 3);
  expect(service.log().split('discarded, and repeats are not logged').length - 1).toBe(2);
});
