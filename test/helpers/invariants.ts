import { expect } from 'vitest';
import { type Build, isEnded, type Job, lastAttempt } from '../../src/domain/build.ts';
import type { BuildEvent, RecordedEvent } from '../../src/domain/build-event.ts';
import { evolve } from '../../src/domain/evolve.ts';
import { assembleIndex } from '../../src/domain/image-index.ts';
import { type Plan, type PlannedTag, plannedJob, stagingTag } from '../../src/domain/plan.ts';
import type { DriverPolicy } from '../../src/pipeline/drive/driver-parts.ts';
import type { JobBackendFeatures, JobObservation } from '../../src/ports/job-backend.ts';
import type { DriverWorld } from './driver-world.ts';

export interface InvariantOptions {
  /** Whether a driver was paused in the middle of a call: then a submit may be later than recorded. */
  readonly paused?: boolean;
}

/** A job as its backend keeps it. */
export interface SeenJob {
  readonly id: string;
  readonly request: { readonly buildId: string };
  readonly state: JobObservation['state'];
  readonly ended: boolean;
  /** The backend has forgotten it. */
  readonly vanished: boolean;
  /** The backend holds nothing of it any more. */
  readonly released: boolean;
  /** Its output, each line with its newline. */
  readonly lines: readonly string[];
}

export interface SeenWorld extends Pick<DriverWorld, 'store' | 'registry' | 'policy'> {
  readonly backend: {
    readonly features: JobBackendFeatures;
    readonly jobs: readonly SeenJob[];
    /** Every submit that the backend carried out. */
    readonly submits: readonly { readonly name: string; readonly at: number }[];
  };
}

/** What is true of every build once its drivers found nothing more to do, after any failures. */
export async function expectInvariants(world: SeenWorld, id: string, options: InvariantOptions = {}): Promise<Build> {
  const build = await world.store.load(id);
  const plan = await world.store.loadPlan(id);
  if (build === undefined) throw new Error(`build ${id} is gone`);
  const events = await world.store.events({ after: 0, limit: 10_000, buildId: id });
  expect(isEnded(build), `${id} is ${build.state}`).toBe(true);
  if (build.state === 'published') expectPublished(world, build, plan);
  else expectNotPublished(world, build, plan, events);
  expectNothingOrphaned(world, build);
  if (options.paused !== true) expectSubmitsApart(world, build);
  expectHistory(build, events, world.policy);
  await expectLogsWhole(world, build);
  return build;
}

/** What is true of an ended build and its events alone. */
export function expectHistory(
  build: Build,
  events: readonly RecordedEvent[],
  policy: Pick<DriverPolicy, 'maxAttempts'>,
): void {
  const attempts = build.jobs.flatMap((job) => job.attempts);
  expect(attempts.every((attempt) => attempt.released)).toBe(true);
  expect(new Set(attempts.map(({ name }) => name)).size).toBe(attempts.length);
  expectReplay(build, events);
  expectJobsSettled(build);
  expectRetriesInBounds(policy, build, events);
  expectCancelObeyed(events);
}

function expectPublished(world: SeenWorld, build: Build, plan: Plan): void {
  for (const job of build.jobs) {
    expect(job.state).toBe('succeeded');
    const attempt = lastAttempt(job);
    expect(world.backend.jobs.find(({ id }) => id === attempt?.backendId)?.state).toBe('succeeded');
    const images = build.images.filter(({ platform }) => platform === job.platform);
    expect(images.map((image) => image.image)).toEqual(plannedJob(plan, job.platform).steps.map((step) => step.image));
    for (const image of images)
      expect(image.stagingTag).toBe(stagingTag(image.image, job.platform, attempt?.jobKey ?? ''));
  }
  expect(build.tags.map(({ tag }) => tag)).toEqual(plan.tags.map(({ tag }) => tag));
  for (const tag of plan.tags) {
    const move = build.tags.find((candidate) => candidate.tag === tag.tag);
    if (move?.state === 'kept' && tag.moving) continue;
    expect(move).toMatchObject({ state: 'put', newDigest: digestFor(world, build, tag) });
    // Another build may have moved it on since.
    if (tag.moving) expect(digestsOf(world, tag.tag)).toContain(move?.newDigest);
    else expect(world.registry.peek(tag.tag)).toBe(move?.newDigest);
  }
}

function digestsOf({ registry }: SeenWorld, tag: string): readonly string[] {
  return registry.moves.filter((move) => move.tag === tag).map(({ to }) => to);
}

function digestFor({ registry }: SeenWorld, build: Build, tag: PlannedTag): string | undefined {
  const digests = tag.platforms.map(
    (platform) => build.images.find((built) => built.image === tag.image && built.platform === platform)?.digest ?? '',
  );
  if (tag.kind === 'image') return digests[0];
  const children = digests.map((digest, index) => {
    const manifest = registry.peekManifest(digest);
    const platform = tag.platforms[index];
    if (manifest === undefined || platform === undefined) throw new Error(`${digest} is gone`);
    return { platform, manifest };
  });
  return assembleIndex(children).digest;
}

/** A tag that a build put and could not revert is named in its failure; any other must not have moved. */
function expectNotPublished({ registry }: SeenWorld, build: Build, plan: Plan, events: readonly RecordedEvent[]): void {
  const began = events.some(({ event }) => event.type === 'publish.planned');
  for (const { tag, moving } of plan.tags) {
    if (!began && !moving) expect(registry.moves.filter((move) => move.tag === tag)).toEqual([]);
    const ours = build.tags.find((move) => move.tag === tag && move.oldDigest !== move.newDigest);
    if (ours !== undefined && registry.peek(tag) === ours.newDigest) expect(build.failure?.message).toContain(tag);
  }
}

function expectNothingOrphaned({ backend }: SeenWorld, build: Build): void {
  const jobs = backend.jobs.filter((job) => job.request.buildId === build.id && !job.vanished);
  expect(
    jobs.filter((job) => !job.ended).map(({ id }) => id),
    'jobs that still run',
  ).toEqual([]);
  expect(
    jobs.filter((job) => !job.released).map(({ id }) => id),
    'jobs that were not released',
  ).toEqual([]);
}

function expectSubmitsApart({ backend, policy }: SeenWorld, build: Build): void {
  const names = build.jobs.flatMap((job) => job.attempts.map(({ name }) => name));
  for (const name of names) {
    const times = backend.submits.filter((submit) => submit.name === name).map(({ at }) => at);
    for (const [index, at] of times.slice(1).entries()) {
      expect(at - (times[index] ?? 0), `time between two submits of ${name}`).toBeGreaterThanOrEqual(
        Math.max(backend.features.settleMilliseconds, policy.retryDelayMilliseconds),
      );
    }
  }
}

/** Events recorded with a log do not change a build. */
function expectReplay(build: Build, events: readonly RecordedEvent[]): void {
  const { id, key, recipe, repository, commit, reference, destination, force, timeouts, createdAt } = build;
  const { branch, submittedBy } = build;
  const jobs = build.jobs.map(({ platform }): Job => ({ platform, state: 'pending', attempts: [], firstAttempt: 1 }));
  const start: Build = {
    ...{ id, key, recipe, repository, commit, reference, destination, force, timeouts, createdAt, jobs },
    ...{ branch, submittedBy },
    ...{ version: 1, state: 'building', updatedAt: createdAt, images: [], tags: [] },
  };
  const informational: readonly BuildEvent['type'][] = [
    'build.created',
    'job.phase',
    'job.note',
    'job.commit',
    'job.cache',
    'job.restarted',
  ];
  const changes = events.filter(({ event }) => !informational.includes(event.type));
  expect(changes.reduce((value, { event, at }) => evolve(value, event, at), start)).toEqual(build);
}

function expectJobsSettled(build: Build): void {
  const states = build.jobs.map((job) => job.state);
  for (const state of states) expect(['succeeded', 'failed', 'stopped']).toContain(state);
  // What the fake jobs pushed exists, so no search for it can have failed.
  for (const job of build.jobs) expect(job.failure?.message ?? '').not.toMatch(/is not in the registry/);
}

/** A new attempt follows only a failure that was not the build's own, and only a limited number between two retries. */
function expectRetriesInBounds(
  policy: Pick<DriverPolicy, 'maxAttempts'>,
  build: Build,
  events: readonly RecordedEvent[],
): void {
  for (const job of build.jobs) {
    let sinceRetry = 0;
    let mayFollow = true;
    for (const { event } of events) {
      if (event.type === 'build.retried') [sinceRetry, mayFollow] = [0, true];
      if (!('platform' in event) || event.platform !== job.platform) continue;
      if (event.type === 'job.attempt-failed')
        mayFollow = event.failure.infrastructure && event.failure.retriesSpent !== true;
      if (event.type !== 'job.intended') continue;
      expect(mayFollow, `attempt ${String(event.attempt)} followed a failure of the build's own`).toBe(true);
      expect(++sinceRetry).toBeLessThanOrEqual(policy.maxAttempts);
      mayFollow = false;
    }
  }
}

function expectCancelObeyed(events: readonly RecordedEvent[]): void {
  let cancelled = false;
  for (const { event } of events) {
    if (event.type === 'build.cancel-requested') cancelled = true;
    if (event.type === 'build.retried') cancelled = false;
    if (cancelled) expect(event.type).not.toMatch(/^publish\.(started|planned|tag-)|^build\.published$/);
  }
}

async function expectLogsWhole({ store, backend }: SeenWorld, build: Build): Promise<void> {
  for (const { platform, attempts } of build.jobs) {
    for (const attempt of attempts) {
      const job = backend.jobs.find(({ id }) => id === attempt.backendId);
      if (job?.state !== 'succeeded') continue;
      const chunks = await store.readLog({ buildId: build.id, platform, attempt: attempt.number }, 0, 1000);
      expect(chunks.map(({ text }) => text).join('')).toBe(job.lines.join(''));
    }
  }
}
