import type { Diagnosis } from '../parts.ts';
import { problems } from '../schemas/answers.ts';
import { diagnosisSchema } from '../schemas/diagnosis-schema.ts';
import type { Routes } from './route.ts';

/** How long a diagnosis is reused, in milliseconds: its checks start containers and ask other systems. */
const trust = 30_000;

/** What `twinhull doctor` finds, run by the service with its own settings. */
export const diagnosisRoutes: Routes = (app, { clock, diagnose = nothing }) => {
  let known: { readonly at: number; readonly answer: Promise<Diagnosis> } | undefined;
  app.get(
    '/diagnosis',
    {
      config: { access: 'build' },
      schema: {
        summary: 'Check everything that a build needs, as `twinhull doctor` does; at most every 30 seconds',
        tags: ['operations'],
        response: { 200: diagnosisSchema, ...problems },
      },
    },
    async (_request, reply) => {
      if (known === undefined || clock.now() - known.at > trust) {
        const answer = diagnose();
        known = { at: clock.now(), answer };
        answer.catch(() => (known = undefined));
      }
      return reply.send(await known.answer);
    },
  );
};

async function nothing(): Promise<Diagnosis> {
  return { status: 'ok', checks: [] };
}
