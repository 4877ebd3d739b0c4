import { dayOf } from '../../domain/job-measures.ts';
import type { Trend } from '../../ports/trends.ts';
import { problems } from '../schemas/answers.ts';
import { trendsQuery } from '../schemas/request-schemas.ts';
import { trendsSchema } from '../schemas/trends-schema.ts';
import type { Routes } from './route.ts';

/** What the jobs of each day took. */
export const trendRoutes: Routes = (app, { store, clock }) => {
  app.get(
    '/trends',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How long the stages of jobs took, and how many succeeded, by day and platform',
        tags: ['builds'],
        querystring: trendsQuery,
        response: { 200: trendsSchema, ...problems },
      },
    },
    async ({ query: { days, recipe } }, reply) => {
      const to = dayOf(clock.now());
      const from = to - days + 1;
      const { trends, recipes } = await store.trends({ from, to, recipe });
      return reply.send({ from: dateOf(from), to: dateOf(to), recipes: [...recipes], trends: trends.map(trendToJson) });
    },
  );
};

function trendToJson({ day, p50Seconds, p95Seconds, cachedSteps, steps, ...counts }: Trend) {
  return {
    ...{ day: dateOf(day), ...counts, p50Seconds: p50Seconds ?? null, p95Seconds: p95Seconds ?? null },
    ...{ cachedSteps: cachedSteps ?? null, steps: steps ?? null },
  };
}

function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
