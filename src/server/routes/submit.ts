import { buildToJson } from '../../build-json/json.ts';
import { callerOf } from '../auth/guard.ts';
import { submitRequested } from '../requests/submit-request.ts';
import { problems, submittedSchema } from '../schemas/answers.ts';
import { submitBody, submitHeaders } from '../schemas/request-schemas.ts';
import type { Routes } from './route.ts';

export const submitRoutes: Routes = (app, parts) => {
  app.post(
    '/builds',
    {
      config: { access: 'build' },
      schema: {
        summary: 'Build a commit; the same request submitted twice is one build',
        tags: ['builds'],
        headers: submitHeaders,
        body: submitBody,
        response: { 200: submittedSchema, 201: submittedSchema, ...problems },
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'];
      const caller = callerOf(request);
      const { outcome, build } = await submitRequested(request.body, { caller, key }, parts);
      request.log.info({ buildId: build.id, outcome, by: caller.name }, 'build submitted');
      return reply
        .code(outcome === 'created' ? 201 : 200)
        .header('location', `/v1/builds/${build.id}`)
        .send({ outcome, build: buildToJson(build) });
    },
  );
};
