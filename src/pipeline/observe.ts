import type { Attempt, Build } from '../domain/build.ts';
import type { JobBackend, JobHandle } from '../ports/job-backend.ts';
import type { AttemptNews } from './decide.ts';
import type { Reporter } from './reporter.ts';
import { reasonOf } from '../errors/twinhull-error.ts';

/**
 * Looks at every job that is with the backend, in as few calls as it allows. What could not be seen is left out: no
 * news is never taken for bad news.
 */
export async function observe(
  builds: readonly Build[],
  backend: JobBackend,
  reporter: Reporter,
): Promise<ReadonlyMap<string, AttemptNews>> {
  const attempts = builds.flatMap((build) => build.jobs.flatMap((job) => job.attempts));
  const watched = attempts.filter(isWatched);
  const uncertain = attempts.filter((attempt) => !attempt.released && (attempt.uncertain || attempt.state === 'intended'));

  const ids = watched.map((attempt) => attempt.backendId);
  const [jobs, named] = await Promise.all([
    ids.length === 0 ? undefined : quietly(() => backend.describe(ids), 'jobs could not be looked up', reporter),
    lookUpNames(uncertain, backend, reporter),
  ]);

  const news = new Map<string, AttemptNews>();
  for (const attempt of watched) {
    if (jobs !== undefined) news.set(attempt.name, { job: jobs.get(attempt.backendId) ?? 'gone' });
  }
  for (const [name, handles] of named) news.set(name, { ...news.get(name), named: handles });
  return news;
}

function isWatched(attempt: Attempt): attempt is Attempt & { readonly backendId: string } {
  return attempt.backendId !== undefined && attempt.state !== 'ended';
}

async function lookUpNames(
  attempts: readonly Attempt[],
  backend: JobBackend,
  reporter: Reporter,
): Promise<readonly (readonly [string, readonly JobHandle[]])[]> {
  const found = await Promise.all(
    attempts.map(async ({ name }) => {
      const handles = await quietly(() => backend.findByName(name), `${name} could not be looked up`, reporter);
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

