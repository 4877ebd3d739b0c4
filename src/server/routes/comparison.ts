import pLimit from 'p-limit';
import type { Build } from '../../domain/build.ts';
import { type Compared, compareBuilds, type JobComparison } from '../../domain/compare-builds.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import { problems } from '../schemas/answers.ts';
import { comparisonSchema } from '../schemas/comparison-schema.ts';
import { buildParams } from '../schemas/request-schemas.ts';
import { firstDifference } from '../streams/first-difference.ts';
import { storedLines } from '../streams/log-lines.ts';
import type { LogLine, LogPiece } from '../streams/scan-lines.ts';
import { whileConnected } from '../streams/while-connected.ts';
import type { Routes } from './route.ts';

/** What is different from the last success. */
export const comparisonRoutes: Routes = (app, { store }) => {
  // One after the other: two long logs at once would need twice the memory, and leave other requests less time.
  const oneAtOnce = pLimit(1);
  app.get(
    '/builds/:id/comparison',
    {
      config: { access: 'read' },
      schema: {
        summary:
          'Compare a build with the last published one of its recipe and branch, or of its recipe where it has no branch',
        description:
          'Phases, sizes and base images side by side, and the first line of each log that differs in meaning.',
        tags: ['builds'],
        params: buildParams,
        response: { 200: comparisonSchema, ...problems },
      },
    },
    async ({ params: { id } }, reply) => {
      const build = await requireBuild(store, id);
      const baseline = await lastSuccess(store, build);
      if (baseline === undefined) return reply.send({ buildId: build.id, baseline: null, jobs: [] });
      const jobs = [];
      const linesOf = (log: LogId): AsyncIterable<LogPiece> => whileConnected(storedLines(store, log, true), reply);
      for (const job of compareBuilds(build, baseline))
        jobs.push({ ...jobToJson(job), ...(await oneAtOnce(() => logsToJson(linesOf, job, build, baseline))) });
      const { commit, branch, subject, createdAt } = baseline;
      return reply.send({
        buildId: build.id,
        baseline: {
          id: baseline.id,
          commit,
          branch: branch ?? null,
          subject: subject ?? null,
          createdAt: new Date(createdAt).toISOString(),
        },
        jobs,
      });
    },
  );
};

async function lastSuccess(store: BuildStore, { id, recipe, repository, branch }: Build): Promise<Build | undefined> {
  const [found] = await store.list({ states: ['published'], recipe, repository, branch, before: id, limit: 1 });
  return found && store.load(found.id);
}

async function logsToJson(
  linesOf: (log: LogId) => AsyncIterable<LogPiece>,
  job: JobComparison,
  build: Build,
  baseline: Build,
) {
  const { attempt, baselineAttempt, platform } = job;
  if (attempt === undefined || baselineAttempt === undefined) return { hasLogs: false, difference: null };
  const { hasLogs, difference } = await firstDifference({
    log: () => linesOf({ buildId: build.id, platform, attempt }),
    baseline: () => linesOf({ buildId: baseline.id, platform, attempt: baselineAttempt }),
    own: wordsOf(build, baseline),
  });
  if (difference === undefined) return { hasLogs, difference: null };
  const { line, instead } = difference;
  return { hasLogs, difference: { ...lineToJson(line), instead: instead ? lineToJson(instead) : null } };
}

/** Names of the runs, the longest first: one may be part of another. */
function wordsOf(...builds: readonly Build[]): readonly string[] {
  const words = builds.flatMap(({ id, commit, subject, author, branch, reference }) => [
    id,
    commit,
    subject,
    author,
    branch,
    reference,
  ]);
  const known = new Set(words.filter((word) => word !== undefined));
  return [...known].sort((one, other) => other.length - one.length);
}

function lineToJson({ number, text }: LogLine) {
  return { number, text };
}

function jobToJson({ platform, attempt, baselineAttempt, waiting, running, phases, images }: JobComparison) {
  return {
    platform,
    attempt: attempt ?? null,
    baselineAttempt: baselineAttempt ?? null,
    waiting: comparedToJson(waiting),
    running: comparedToJson(running),
    phases: phases.map(({ phase, image, exitCode, ...times }) => ({
      phase,
      image: image ?? null,
      exitCode: exitCode ?? null,
      ...comparedToJson(times),
    })),
    images: images.map(({ image, bases, ...sizes }) => ({
      image,
      ...comparedToJson(sizes),
      bases: bases.map(({ reference, digest, baselineDigest }) => ({
        reference,
        digest: digest ?? null,
        baselineDigest: baselineDigest ?? null,
      })),
    })),
  };
}

function comparedToJson({ value, baseline }: Compared) {
  const isKnown = value !== undefined && baseline !== undefined;
  // Durations have two decimals; their difference as a floating-point number would have more.
  const difference = isKnown ? Math.round((value - baseline) * 1000) / 1000 : null;
  return { value: value ?? null, baseline: baseline ?? null, difference };
}
