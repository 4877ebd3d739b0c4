import type { Attempt, Build } from '../../domain/build.ts';
import { type Platform, platforms } from '../../domain/platform.ts';
import type { JobBackend, JobHandle } from '../../ports/job-backend.ts';
import { type AttemptObservation, mayTurnUp } from './decision.ts';
import type { TroubleReporter } from './effect-backoff.ts';

/**
 * Polls every job at the backend, in as few calls as the backend allows. What could not be observed is left out: no
 * news is never taken for bad news.
 */
export async function observe(
  builds: readonly Build[],
  backend: JobBackend,
  troubles: TroubleReporter,
  now: number,
): Promise<ReadonlyMap<string, AttemptObservation>> {
  const described = platforms.map((platform) => describePlatform(platform, builds, backend, troubles));
  const observations = new Map<string, AttemptObservation>((await Promise.all(described)).flat());
  const { settleMilliseconds } = backend.features;
  const isSought = (attempt: Attempt): boolean =>
    mayTurnUp(attempt, now, settleMilliseconds, showsEnd(observations.get(attempt.name)?.job));
  const sought = builds
    .flatMap(({ jobs }) => jobs)
    .flatMap(({ platform, attempts }) => attempts.filter(isSought).map(({ name }) => ({ name, platform })));
  const named = await lookUpNames(sought, backend, troubles);
  for (const [name, handles] of named) observations.set(name, { ...observations.get(name), named: handles });
  return observations;
}

/** Whether the backend must be polled for a build before anything can be decided about it. */
export function needsPoll({ jobs }: Build): boolean {
  return jobs.some(({ attempts }) => attempts.some(attemptNeedsPoll));
}

/** Whether the backend may still know something about the attempt that is not recorded. */
export function attemptNeedsPoll(attempt: Attempt): boolean {
  return (!attempt.released && (attempt.uncertain || attempt.state === 'intended')) || isWatched(attempt);
}

/** Whether the observed state of the job is final. */
export function showsEnd(job: AttemptObservation['job']): boolean {
  return job === 'gone' || job?.state === 'succeeded' || job?.state === 'failed';
}

/** Platforms are polled separately: each may have its own engine, and one that is down must not hide the other. */
async function describePlatform(
  platform: Platform,
  builds: readonly Build[],
  backend: JobBackend,
  troubles: TroubleReporter,
): Promise<readonly (readonly [string, AttemptObservation])[]> {
  const jobs = builds.flatMap((build) => build.jobs.filter((job) => job.platform === platform));
  const watched = jobs.flatMap((job) => job.attempts.filter(isWatched));
  if (watched.length === 0) return [];
  const ids = watched.map((attempt) => attempt.backendId);
  const unseen = new Map<string, unknown>();
  const activity = `describe ${platform}`;
  const found = await backend.describe(ids, { unseen: (id, why) => unseen.set(id, why) }).catch((error: unknown) => {
    troubles.failed(activity, `${platform} jobs could not be described`, error);
    return undefined;
  });
  if (found === undefined) return [];
  const [first] = unseen;
  if (first === undefined) troubles.succeeded(activity);
  else {
    const others = unseen.size === 1 ? '' : ` and ${String(unseen.size - 1)} others`;
    troubles.failed(activity, `${platform} job ${first[0]}${others} could not be described`, first[1]);
  }
  const seen = watched.filter(({ backendId }) => !unseen.has(backendId));
  return seen.map((attempt) => [attempt.name, { job: found.get(attempt.backendId) ?? 'gone' }]);
}

function isWatched(attempt: Attempt): attempt is Attempt & { readonly backendId: string } {
  return attempt.backendId !== undefined && attempt.state !== 'ended';
}

async function lookUpNames(
  attempts: readonly { readonly name: string; readonly platform: Platform }[],
  backend: JobBackend,
  troubles: TroubleReporter,
): Promise<readonly (readonly [string, readonly JobHandle[]])[]> {
  const failed = new Map<string, { readonly name: string; readonly error: unknown }>();
  const found = await Promise.all(
    attempts.map(async ({ name, platform }) => {
      try {
        return [[name, await backend.findByName(name, platform)] as const];
      } catch (error) {
        if (!failed.has(platform)) failed.set(platform, { name, error });
        return [];
      }
    }),
  );
  for (const platform of new Set(attempts.map((attempt) => attempt.platform))) {
    const failure = failed.get(platform);
    const activity = `find ${platform}`;
    if (failure === undefined) troubles.succeeded(activity);
    else troubles.failed(activity, `job ${failure.name} could not be looked up`, failure.error);
  }
  return found.flat();
}
