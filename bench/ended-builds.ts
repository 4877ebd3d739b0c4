import { attemptName, type Build, type BuildState } from '../src/domain/build.ts';
import type { BuildEvent } from '../src/domain/build-event.ts';
import { evolveAll } from '../src/domain/evolve.ts';
import type { PhaseSpan } from '../src/domain/failure.ts';
import { type JobMeasure, jobMeasures } from '../src/domain/job-measures.ts';
import { phases } from '../src/domain/phase.ts';
import { sampleBuild, samplePlan } from '../test/helpers/sample-builds.ts';
import type { StoredBuild } from './seed.ts';

const year = 365 * 24 * 3_600_000;

/** As a team has them: most builds are published, few are of a rare branch. */
const branches = ['main', 'main', 'main', 'develop', 'release'] as const;
const recipes = ['vecoli', 'vecoli', 'vecoli', 'model', 'reports'] as const;
const people = ['ci', 'ada@example.org', 'bob@example.org', 'github'] as const;

/** The values of one build in a thousand. */
export const rare = { branch: 'rare', recipe: 'rare-recipe', submittedBy: 'rare@example.org' } as const;

/** A stored build, and what its attempts took. */
export interface EndedBuild extends StoredBuild {
  readonly measures: readonly JobMeasure[];
}

/** @param first number of the first of them. @returns builds that ended, of `total` that are spread over a year */
export function endedBuilds(first: number, count: number, total: number): EndedBuild[] {
  return Array.from({ length: count }, (_, n) => endedBuild(first + n, total));
}

function endedBuild(n: number, total: number): EndedBuild {
  const createdAt = Math.floor(Date.now() - year + (n / total) * (year - 3_600_000));
  const plan = samplePlan();
  const labels =
    n % 1_000 === 7
      ? rare
      : { branch: pick(branches, n), recipe: pick(recipes, n + 1), submittedBy: pick(people, n + 2) };
  const created = sampleBuild(plan, { createdAt, ...labels, subject: `Change ${String(n)}`, author: 'Ada' });
  const events = plan.jobs.flatMap(({ platform }): BuildEvent[] => {
    const at = { platform, attempt: 1 };
    const startedAt = createdAt + 1000 * between(1, 120);
    const spans = phaseSpans();
    const seconds = spans.reduce((sum, each) => sum + (each.seconds ?? 0), 0);
    return [
      { type: 'job.intended', ...at, name: attemptName(created.id, platform, 1) },
      { type: 'job.started', ...at, startedAt, jobKey: 'key' },
      { type: 'job.ended', ...at, result: 'succeeded', finishedAt: startedAt + seconds * 1000, phases: spans },
      { type: 'job.released', ...at },
    ];
  });
  const ended = evolveAll(created, events, createdAt);
  const build: Build = { ...ended, state: stateOf(n), finishedAt: createdAt + 900_000 };
  return { build, plan, measures: jobMeasures(build, events) };
}

/** Durations that spread as they do: few of a day are equal. */
function phaseSpans(): readonly PhaseSpan[] {
  return phases.map((phase) => ({
    phase,
    startSeconds: 0,
    seconds: phase === 'build' ? between(60, 600) : between(0.5, 20),
    exitCode: 0,
  }));
}

function stateOf(n: number): BuildState {
  if (n % 20 === 3) return 'failed';
  return n % 500 === 9 ? 'cancelled' : 'published';
}

function between(least: number, most: number): number {
  return least + Math.random() * (most - least);
}

function pick<T>(values: readonly T[], n: number): T {
  const value = values[n % values.length];
  if (value === undefined) throw new Error('there is nothing to choose from');
  return value;
}
