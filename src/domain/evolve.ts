import { type Attempt, type Build, inPlanOrder, type Job, lastAttempt } from './build.ts';
import type { BuildEvent } from './build-event.ts';
import type { Platform } from './platform.ts';

/** The build after an event. Pure, total, and the only place where a build changes. */
export function evolve(build: Build, event: BuildEvent, at: number): Build {
  const next = apply(build, event, at);
  const waitingFor = event.type === 'publish.waiting' ? event.reason : undefined;
  return {
    ...next,
    waitingFor,
    version: build.version + 1,
    updatedAt: waitingFor === undefined ? at : build.updatedAt,
  };
}

/** The build after events that were recorded together, at `at` milliseconds since the Unix epoch. */
export function evolveAll(build: Build, events: readonly BuildEvent[], at: number): Build {
  return events.reduce((current, event) => evolve(current, event, at), build);
}

function apply(build: Build, event: BuildEvent, at: number): Build {
  switch (event.type) {
    case 'build.created':
    case 'job.phase':
    case 'job.note':
    case 'job.commit':
    case 'job.cache':
    case 'job.restarted':
    case 'publish.waiting':
    case 'publish.tag-taken':
    case 'build.tags-appeared':
    case 'build.promoted':
      return build;

    case 'build.waiting':
      return { ...build, state: 'waiting', queue: { behind: event.behind, whenBusy: event.whenBusy } };
    case 'build.started':
      return { ...build, state: 'building', queue: undefined };

    case 'job.intended':
      return changeJob(build, event.platform, (job) => ({
        ...job,
        state: 'active',
        attempts: [...job.attempts, newAttempt(event.attempt, event.name, at)],
      }));
    case 'job.send-unknown':
      return changeAttempt(build, event, { uncertain: true, sentAt: at });
    case 'job.resent':
      return changeAttempt(build, event, { sentAt: at, uncertain: true, released: false });
    case 'job.queued':
      return changeAttempt(build, event, { state: 'queued', backendId: event.backendId });
    case 'job.waiting':
      return changeAttempt(build, event, { waitingFor: event.reason });
    case 'job.started':
      return changeAttempt(build, event, { state: 'running', startedAt: event.startedAt, jobKey: event.jobKey });
    case 'job.missing':
      return changeAttempt(build, event, { missingSince: at });
    case 'job.found':
      return changeAttempt(build, event, { missingSince: undefined });
    case 'job.stopping':
      return changeAttempt(build, event, { stopping: { at, why: event.why } });
    case 'job.ended':
      return endAttempt(build, event);
    case 'job.duplicate-terminated':
      return addDuplicate(build, event);
    case 'job.released':
      return changeAttempt(build, event, { released: true });

    case 'job.succeeded':
      return addImages(build, event);
    case 'job.failed':
      return changeJob(build, event.platform, (job) => ({ ...job, state: 'failed', failure: event.failure }));
    case 'job.stopped':
      return changeJob(build, event.platform, (job) => ({ ...job, state: 'stopped' }));
    case 'job.attempt-failed':
      return changeJob(build, event.platform, (job) => ({ ...job, state: 'pending' }));

    case 'publish.started':
      return { ...build, state: 'publishing', tags: [] };
    case 'publish.planned':
      return { ...build, tags: event.tags };
    case 'publish.tag-put':
      return changeTag(build, event.tag, 'put');
    case 'publish.tag-kept':
      return changeTag(build, event.tag, 'kept');
    case 'publish.refused':
      return { ...build, failure: event.failure };
    case 'publish.tag-reverted':
      return changeTag(build, event.tag, 'reverted');

    case 'build.published':
      return { ...build, state: 'published', finishedAt: at, failure: undefined };
    case 'build.failed':
      return { ...build, state: 'failed', finishedAt: at, failure: event.failure };
    case 'build.cancel-requested':
      return { ...build, cancelRequestedAt: at, supersededBy: event.supersededBy };
    case 'build.cancelled':
      return { ...stopPending(build), state: 'cancelled', finishedAt: at };
    case 'build.superseded':
      return { ...stopPending(build), state: 'superseded', finishedAt: at, supersededBy: event.supersededBy };
    case 'build.retried':
      return retry(build, event);
  }
}

type EventOf<Type extends BuildEvent['type']> = Extract<BuildEvent, { type: Type }>;

function endAttempt(build: Build, event: EventOf<'job.ended'>): Build {
  const { finishedAt, exitCode, phases, failure, pushed, bases, programs } = event;
  const outcome = { finishedAt, exitCode, phases, failure, pushed, bases, programs };
  const ended = changeAttempt(build, event, { state: 'ended', ...outcome });
  return changeJob(ended, event.platform, (job) => (event.result === 'succeeded' ? { ...job, state: 'built' } : job));
}

function addDuplicate(build: Build, event: EventOf<'job.duplicate-terminated'>): Build {
  return changeJob(build, event.platform, (job) => ({
    ...job,
    attempts: job.attempts.map((attempt) =>
      attempt.number === event.attempt ? { ...attempt, duplicates: [...attempt.duplicates, event.backendId] } : attempt,
    ),
  }));
}

function addImages(build: Build, event: EventOf<'job.succeeded'>): Build {
  const others = build.images.filter((image) => image.platform !== event.platform);
  return {
    ...changeJob(build, event.platform, (job) => ({ ...job, state: 'succeeded', failure: undefined })),
    images: inPlanOrder(build.jobs, [...others, ...event.images]),
  };
}

function retry(build: Build, event: EventOf<'build.retried'>): Build {
  return {
    ...build,
    state: 'building',
    finishedAt: undefined,
    cancelRequestedAt: undefined,
    supersededBy: undefined,
    failure: undefined,
    tags: [],
    images: build.images.filter((image) => !event.platforms.includes(image.platform)),
    jobs: build.jobs.map((job) =>
      event.platforms.includes(job.platform)
        ? { ...job, state: 'pending', failure: undefined, firstAttempt: nextAttemptNumber(job) }
        : job,
    ),
  };
}

/** A build that ends while waiting has jobs that were never submitted. */
function stopPending(build: Build): Build {
  const jobs = build.jobs.map((job): Job => (job.state === 'pending' ? { ...job, state: 'stopped' } : job));
  return { ...build, jobs, queue: undefined };
}

function newAttempt(number: number, name: string, at: number): Attempt {
  return {
    number,
    name,
    state: 'intended',
    intendedAt: at,
    sentAt: at,
    uncertain: false,
    duplicates: [],
    phases: [],
    released: false,
  };
}

function changeJob(build: Build, platform: Platform, change: (job: Job) => Job): Build {
  return { ...build, jobs: build.jobs.map((job) => (job.platform === platform ? change(job) : job)) };
}

function changeAttempt(
  build: Build,
  { platform, attempt }: { readonly platform: Platform; readonly attempt: number },
  change: Partial<Attempt>,
): Build {
  return changeJob(build, platform, (job) => ({
    ...job,
    attempts: job.attempts.map((candidate) => (candidate.number === attempt ? { ...candidate, ...change } : candidate)),
  }));
}

function changeTag(build: Build, tag: string, state: Build['tags'][number]['state']): Build {
  return { ...build, tags: build.tags.map((move) => (move.tag === tag ? { ...move, state } : move)) };
}

/** The number that the next attempt of a job gets. */
export function nextAttemptNumber(job: Job): number {
  return (lastAttempt(job)?.number ?? 0) + 1;
}
