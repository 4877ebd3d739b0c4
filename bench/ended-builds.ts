import { attemptName, type Build, type BuildState } from '../src/domain/build.ts';
import { evolveAll } from '../src/domain/evolve.ts';
import { sampleBuild, samplePlan } from '../test/helpers/sample-builds.ts';
import type { StoredBuild } from './seed.ts';

const minute = 60_000;

/** Of each hundred builds, as a team has them: most are published, few are of a rare branch. */
const branches = ['main', 'main', 'main', 'develop', 'release'] as const;
const recipes = ['vecoli', 'vecoli', 'vecoli', 'model', 'reports'] as const;
const people = ['ci', 'ada@example.org', 'bob@example.org', 'github'] as const;

/** The values of one build in a thousand. */
export const rare = { branch: 'rare', recipe: 'rare-recipe', submittedBy: 'rare@example.org' } as const;

/** @returns builds that ended, one a minute, the last one an hour ago; the `first` of them is the number of the oldest */
export function endedBuilds(first: number, count: number, total: number): StoredBuild[] {
  return Array.from({ length: count }, (_, n) => endedBuild(first + n, total));
}

function endedBuild(n: number, total: number): StoredBuild {
  const createdAt = Date.now() - 60 * minute - (total - n) * minute;
  const plan = samplePlan();
  const isRare = n % 1_000 === 7;
  const labels = isRare
    ? rare
    : { branch: pick(branches, n), recipe: pick(recipes, n + 1), submittedBy: pick(people, n + 2) };
  const created = sampleBuild(plan, { createdAt, ...labels, subject: `Change ${String(n)}`, author: 'Ada' });
  const ended = evolveAll(
    created,
    plan.jobs.flatMap(({ platform }) => {
      const at = { platform, attempt: 1 };
      return [
        { type: 'job.intended', ...at, name: attemptName(created.id, platform, 1) },
        { type: 'job.started', ...at, startedAt: createdAt + 5_000, jobKey: 'key' },
        { type: 'job.ended', ...at, result: 'succeeded', finishedAt: createdAt + 4 * minute, phases: [] },
        { type: 'job.released', ...at },
      ] as const;
    }),
    createdAt + 4 * minute,
  );
  return { build: { ...ended, ...endOf(n), finishedAt: createdAt + 5 * minute }, plan };
}

/** Whatever the events would lead to: the rows are what counts here. */
function endOf(n: number): Pick<Build, 'state'> {
  const state: BuildState = n % 20 === 3 ? 'failed' : n % 500 === 9 ? 'cancelled' : 'published';
  return { state };
}

function pick<T>(values: readonly T[], n: number): T {
  const value = values[n % values.length];
  if (value === undefined) throw new Error('there is nothing to choose from');
  return value;
}
