import type { Diagnosis } from '../parts.ts';
import { problems } from '../schemas/answers.ts';
import { diagnosisSchema } from '../schemas/diagnosis-schema.ts';
import type { Routes } from './route.ts';

/** How long a diagnosis is reused after its end, in milliseconds: its checks start containers and ask other systems. */
const trust = 30_000;

/** What `twinhull doctor` finds, run by the service with its own settings. */
export const diagnosisRoutes: Routes = (app, { clock, diagnose = nothing }) => {
  let known: { endedAt: number; readonly answer: Promise<Diagnosis> } | undefined;

  /** Callers at the same time share one run, however long it takes. */
  function diagnosis(): Promise<Diagnosis> {
    if (known !== undefined && clock.now() - known.endedAt <= trust) return known.answer;
    const run = { endedAt: Infinity, answer: diagnose() };
    known = run;
    run.answer.then(
      () => (run.endedAt = clock.now()),
      () => {
        if (known === run) known = undefined;
      },
    );
    return run.answer;
  }

  app.get(
    '/diagnosis',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Check everything that a build needs, as `twinhull doctor` does; a result is reused for 30 seconds',
        tags: ['operations'],
        response: { 200: diagnosisSchema, ...problems },
      },
    },
    async (_request, reply) => reply.send(await diagnosis()),
  );
};

async function nothing(): Promise<Diagnosis> {
  return { status: 'ok', checks: [] };
}
