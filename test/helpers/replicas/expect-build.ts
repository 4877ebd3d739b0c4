import { expect } from 'vitest';
import type { StandInJob } from '../../../lab/batch-stand-in/stand-in-job.ts';
import { type Attempt, type Build, lastAttempt } from '../../../src/domain/build.ts';
import type { RecordedEvent } from '../../../src/domain/build-event.ts';
import { stagingTag } from '../../../src/domain/plan.ts';
import { expectHistory } from '../invariants.ts';
import type { ReplicaWorld } from './replica-world.ts';
import { endOf, type SoakBuild } from './soak-builds.ts';

/** After any kills: a build of a soak ended as its fate requires, once. */
export async function expectBuild(world: ReplicaWorld, id: string, soak: SoakBuild): Promise<void> {
  const store = await world.store();
  const build = await store.load(id);
  if (build === undefined) throw new Error(`build ${id} is gone`);
  const events = await store.events({ buildId: id, after: 0, limit: 10_000 });
  expect(build).toMatchObject({ commit: soak.commit, state: endOf[soak.fate] });
  expectHistory(build, events, { maxAttempts: 3 });
  expectIntentsEnded(events);
  for (const { attempts } of build.jobs) for (const attempt of attempts) expectOneJob(world, attempt, events);
  if (soak.fate === 'fails') expect(build.failure).toMatchObject({ code: 'JobFailed', phase: 'build', exitCode: 1 });
  if (soak.fate === 'hosts-lost') expect(build.failure).toMatchObject({ code: 'JobLost' });
  if (build.state === 'published') await expectTags(world, build, soak, events);
  else expect(build.tags).toEqual([]);
}

function expectIntentsEnded(events: readonly RecordedEvent[]): void {
  const attemptsOf = (type: 'job.intended' | 'job.ended' | 'job.released'): readonly string[] =>
    events.flatMap(({ event }) => (event.type === type ? [`${event.platform} ${event.attempt}`] : [])).sort();
  expect(attemptsOf('job.ended')).toEqual(attemptsOf('job.intended'));
  expect([...new Set(attemptsOf('job.released'))]).toEqual(attemptsOf('job.intended'));
}

/**
 * One job did the work of an attempt; others of its name were stopped, and came from a submit with an unknown outcome.
 */
function expectOneJob({ standIn }: ReplicaWorld, attempt: Attempt, events: readonly RecordedEvent[]): void {
  const jobs = standIn.api.jobs.filter(({ job }) => job.jobName === attempt.name);
  expect(
    jobs.filter(({ isOver }) => !isOver).map(({ job }) => job.jobId),
    'jobs that still run',
  ).toEqual([]);
  const others = jobs.filter(({ job }) => job.jobId !== attempt.backendId);
  if (others.length === 0) return;
  expect(others.map(({ job }) => job.jobId).sort()).toEqual([...attempt.duplicates].sort());
  const sends = events.filter(({ event }) => event.type === 'job.resent' && nameOf(event, attempt));
  expect(sends.length, `sends of ${attempt.name} again, for ${others.length} jobs too many`).toBeGreaterThan(0);
}

function nameOf(event: { readonly platform: string; readonly attempt: number }, { name, number }: Attempt): boolean {
  return event.attempt === number && name.includes(`-${event.platform.slice('linux/'.length)}-`);
}

/** Jobs of the stand-in that no build adopted. */
export function duplicatesOf({ standIn }: ReplicaWorld): readonly StandInJob[] {
  const names = new Set<string>();
  return standIn.api.jobs.filter(({ job }) => names.size === names.add(job.jobName).size);
}

async function expectTags(
  { registry }: ReplicaWorld,
  build: Build,
  soak: SoakBuild,
  events: readonly RecordedEvent[],
): Promise<void> {
  expect(build.tags.map(({ tag }) => tag).sort()).toEqual([...soak.tags]);
  const puts = events.flatMap(({ event }) => (event.type === 'publish.tag-put' ? [event.tag] : []));
  expect(puts.sort(), 'tags that were put').toEqual([...soak.tags]);
  for (const { tag, newDigest } of build.tags) expect(await registry.digest(tag)).toBe(newDigest);
  const children = (await registry.manifest(soak.commit)).manifests?.map(({ digest }) => digest).sort();
  const pushed = await Promise.all(
    build.jobs.map(({ platform, ...job }) =>
      registry.digest(stagingTag('app', platform, lastAttempt({ platform, ...job })?.jobKey ?? '')),
    ),
  );
  expect(children).toEqual(pushed.sort());
}
