import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { EventWorld, type Service } from '../../test/helpers/event-world.ts';
import { pollUntil } from '../../test/helpers/poll-until.ts';
import type { Bed } from '../bed.ts';
import type { Measure } from '../measure.ts';
import type { Comparison } from '../results.ts';

const builds = 10;

/** The idle time before the first job ends, and the time between ends, in milliseconds. */
const quiet = 15_000;
const apart = 1_300;

/** The average wait of the peer's users, since it polls every 15 s. In seconds. */
const halfInterval = 7.5;

export const eventLatency: Measure = {
  name: 'event-latency',
  title: 'From the end of a job on AWS Batch to a subscriber',
  method:
    '`twinhull serve` on stand-ins for AWS Batch and SQS and a real registry. Builds of two jobs each run, nothing happens for a while, then their jobs end one after the other: ' +
    'from the moment when Batch has a job as SUCCEEDED until a client of `/v1/events` has received the event. Once with the queue of job events, once without it.',

  async run(bed) {
    const byEvent = await delays(bed, {});
    bed.say(`by event: ${byEvent.map((seconds) => seconds.toFixed(2)).join(' ')}`);
    const byPoll = await delays(bed, { BUILD_EVENTS_QUEUE_URL: '' });
    bed.say(`by poll: ${byPoll.map((seconds) => seconds.toFixed(2)).join(' ')}`);
    return {
      comparisons: [
        comparison('by event', byEvent, 1, 'target'),
        comparison('by poll', byPoll, halfInterval, 'half of a poll every 15 s'),
      ],
    };
  },
};

function comparison(what: string, samples: readonly number[], limit: number, label: string): Comparison {
  return {
    ...{ what, unit: 'seconds', target: { atMostTimes: 1 } },
    ours: { label: 'end of a job until its event', samples },
    baseline: { label, samples: [limit] },
  };
}

async function delays(bed: Bed, settings: Record<string, string>): Promise<readonly number[]> {
  const ends = new Map<string, number>();
  const world = await EventWorld.open(settings, (event, queue) => {
    if (event.detail.status === 'SUCCEEDED') ends.set(event.detail.jobName, performance.now());
    queue.send(event);
  });
  bed.defer(() => world.dispose());
  const service = await world.serve();
  const received = listen(service);
  const ids: string[] = [];
  for (let n = 0; n < builds; n += 1) ids.push(await world.submit(service));
  for (const id of ids) await world.running(service, id);
  await sleep(quiet);
  for (const id of ids) {
    for (const platform of ['arm64', 'amd64'] as const) {
      await sleep(apart * (0.5 + Math.random()));
      await world.finishJob(id, platform);
    }
  }
  await pollUntil('every event of an end', () => received.size === 2 * builds, 120_000);
  await world.dispose();
  return [...received].map(([name, at]) => (at - (ends.get(name) ?? Number.NaN)) / 1000);
}

/** When the event of each job's end arrived, by the job's name. */
function listen(service: Service): ReadonlyMap<string, number> {
  const received = new Map<string, number>();
  void (async () => {
    const { body } = await service.fetch('/v1/events', { headers: { accept: 'text/event-stream' } });
    if (body === null) return;
    const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { event, data } of events) {
      if (event !== 'job.ended') continue;
      const { buildId, event: ended } = JSON.parse(data) as { buildId: string; event: { platform: string } };
      received.set(`twinhull-${buildId}-${ended.platform.replace('linux/', '')}-1`, performance.now());
    }
  })().catch(() => undefined);
  return received;
}
