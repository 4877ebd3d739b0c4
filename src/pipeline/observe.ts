import type { Attempt, Build } from '../domain/build.ts';
import { type Platform, platforms } from '../domain/platform.ts';
import { reasonOf } from '../errors/twinhull-error.ts';
import type { JobBackend, JobHandle } from '../ports/job-backend.ts';
import type { AttemptNews } from './decide.ts';
import type { Reporter } from './reporter.ts';

/**
 * Looks at every job that is with the backend, in as few calls as it allows. What could not be seen is left out: no
 * news is never taken for bad news.
 */
export async function observe(
  builds: readonly Build[],
  backend: JobBackend,
  reporter: Reporter,
  now: number,
): Promise<ReadonlyMap<string, AttemptNews>> {
  const described = platforms.map((platform) => describePlatform(platform, builds, backend, reporter));
  const news = new Map<string, AttemptNews>((await Promise.all(described)).flat());
  const { settleMilliseconds } = backend.features;
  const isSought = (attempt: Attempt): boolean =>
    mayTurnUp(attempt, now, settleMilliseconds, showsEnd(news.get(attempt.name)?.job));
  const sought = builds
    .flatMap(({ jobs }) => jobs)
    .flatMap(({ platform, attempts }) => attempts.filter(isSought).map(({ name }) => ({ name, platform })));
  const named = await lookUpNames(sought, backend, reporter);
  for (const [name, handles] of named) news.set(name, { ...news.get(name), named: handles });
  return news;
}

/** Whether the backend has to be asked for a build before anything can be decided about it. */
export function needsLook({ jobs }: Build): boolean {
  return jobs.some(({ attempts }) => attempts.some(attemptNeedsLook));
}

export function attemptNeedsLook(attempt: Attempt): boolean {
  return (!attempt.released && (attempt.uncertain || attempt.state === 'intended')) || isWatched(attempt);
}

/**
 * Whether a job of the attempt's name may be there that is not known: one that was sent is missed by a look for as long
 * as the backend takes to settle. While a known one runs, nobody looks for longer than twice that; at its end once more.
 *
 * @param sawEnd whether this look shows the end of the known one, which is recorded only after it
 */
export function mayTurnUp(attempt: Attempt, now: number, settleMilliseconds: number, sawEnd = false): boolean {
  if (attempt.released) return false;
  if (attempt.state === 'intended' || !attempt.uncertain) return attempt.state === 'intended';
  return sawEnd || attempt.state === 'ended' || now - attempt.sentAt < 2 * settleMilliseconds;
}

/** Whether nothing more is to come of a job that was seen so. */
export function showsEnd(job: AttemptNews['job']): boolean {
  return job === 'gone' || job?.state === 'succeeded' || job?.state === 'failed';
}

/** Platforms are asked for apart: each may have an engine of its own, and one that is down must not hide the other. */
async function describePlatform(
  platform: Platform,
  builds: readonly Build[],
  backend: JobBackend,
  reporter: Reporter,
): Promise<readonly (readonly [string, AttemptNews])[]> {
  const jobs = builds.flatMap((build) => build.jobs.filter((job) => job.platform === platform));
  const watched = jobs.flatMap((job) => job.attempts.filter(isWatched));
  if (watched.length === 0) return [];
  const ids = watched.map((attempt) => attempt.backendId);
  const unseen = new Map<string, unknown>();
  const look = () => backend.describe(ids, { unseen: (id, why) => unseen.set(id, why) });
  const found = await quietly(look, `${platform} jobs could not be looked up`, reporter);
  if (found === undefined) return [];
  for (const [first, why] of [...unseen].slice(0, 1)) {
    const others = unseen.size === 1 ? '' : ` and ${String(unseen.size - 1)} others`;
    reporter.warning(`${platform} job ${first}${others} could not be seen: ${reasonOf(why)}`, why);
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
  reporter: Reporter,
): Promise<readonly (readonly [string, readonly JobHandle[]])[]> {
  const found = await Promise.all(
    attempts.map(async ({ name, platform }) => {
      const handles = await quietly(
        () => backend.findByName(name, platform),
        `${name} could not be looked up`,
        reporter,
      );
      return handles === undefined ? [] : [[name, handles] as const];
    }),
  );
  return found.flat();
}

async function quietly<T>(look: () => Promise<T>, what: string, reporter: Reporter): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    reporter.warning(`${what}: ${reasonOf(error)}`, error);
    return undefined;
  }
}
