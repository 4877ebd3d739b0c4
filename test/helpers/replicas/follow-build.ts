import { expect } from 'vitest';
import { eventToJson } from '../../../src/build-json/event-json.ts';
import { type Build, lastAttempt } from '../../../src/domain/build.ts';
import type { RecordedEvent } from '../../../src/domain/build-event.ts';
import { type FollowedStream, followStream } from './follow-stream.ts';
import type { ReplicaClient } from './replica-client.ts';
import type { ReplicaWorld } from './replica-world.ts';

const suffixes = ['arm64', 'amd64'] as const;

/** The streams of one build: its events, and the log of each platform. */
export interface FollowedBuild {
  readonly id: string;
  readonly events: FollowedStream;
  readonly logs: Readonly<Record<(typeof suffixes)[number], FollowedStream>>;
}

export function followBuild(client: ReplicaClient, id: string): FollowedBuild {
  // With the attempt, because without it each connection gets the latest one at that moment.
  const log = (suffix: string): FollowedStream => followStream(client, `/v1/builds/${id}/logs/${suffix}?attempt=1`);
  return {
    id,
    events: followStream(client, `/v1/builds/${id}/events`),
    logs: { arm64: log('arm64'), amd64: log('amd64') },
  };
}

/** Each event came once, in order, and as in the table. */
export function expectEvents({ events }: FollowedStream, table: readonly RecordedEvent[]): void {
  expect(events.map(({ id }) => Number(id))).toEqual(table.map(({ sequence }) => sequence));
  expect(events.map(({ data }) => data)).toEqual(
    table.map((event) => JSON.parse(JSON.stringify(eventToJson(event))) as unknown),
  );
  expect(events.map(({ type }) => type)).toEqual(table.map(({ event }) => event.type));
}

/** What may still be recorded about a build after its end, which its stream does not wait for. */
const housekeeping: ReadonlySet<string> = new Set(['job.released', 'job.resent', 'job.duplicate-terminated']);

/** Its streams ended by themselves, and were complete: every event, and each log byte for byte. */
export async function expectFollowed(world: ReplicaWorld, { id, events, logs }: FollowedBuild): Promise<void> {
  const store = await world.store();
  await events.over;
  const table = await store.events({ buildId: id, after: 0, limit: 10_000 });
  expectEvents(events, table.slice(0, events.events.length));
  const missed = table.slice(events.events.length).filter(({ event }) => !housekeeping.has(event.type));
  expect(missed, 'events missing from its stream').toEqual([]);

  const build = await store.load(id);
  for (const suffix of suffixes) {
    const printed = printedBy(world, build, suffix);
    if (printed === undefined) logs[suffix].stop();
    await logs[suffix].over;
    expect(textOf(logs[suffix]), `log of ${id} on ${suffix}`).toBe(printed ?? '');
    const ids = logs[suffix].events.map((event) => Number(event.id));
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
  }
}

function textOf({ events }: FollowedStream): string {
  return events.map(({ data }) => (data as { readonly text: string }).text).join('');
}

/** The output of a build's job in all of its runs, without the builder's marks; undefined if there was no job. */
function printedBy({ standIn }: ReplicaWorld, build: Build | undefined, suffix: string): string | undefined {
  const job = build?.jobs.find(({ platform }) => platform === `linux/${suffix}`);
  const attempt = job && lastAttempt(job);
  if (attempt === undefined) return undefined;
  const ran = standIn.api.jobs.find(({ job: { jobId } }) => jobId === attempt.backendId);
  const streams = ran?.attempts.map(({ container }) => container.logStreamName ?? '') ?? [];
  const lines = streams.flatMap((stream) => standIn.api.logs.linesOf(stream));
  return lines
    .filter((line) => !line.startsWith('##twinhull '))
    .map((line) => `${line}\n`)
    .join('');
}
