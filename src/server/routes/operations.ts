import * as z from 'zod';
import type { Metrics } from '../metrics.ts';
import type { ServerParts } from '../parts.ts';
import { problems } from '../schemas.ts';
import type { App } from './route.ts';

/** What whoever runs the service asks it. */
export function operationRoutes(app: App, { store, clock }: ServerParts, metrics: Metrics): void {
  const status = z.object({ status: z.literal('ok') });

  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: { summary: 'Whether the process lives', tags: ['operations'], response: { 200: status } },
    },
    async (_request, reply) => reply.send({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Whether it can serve: its store answers',
        tags: ['operations'],
        response: { 200: status, ...problems },
      },
    },
    async (_request, reply) => {
      await store.leaseHolder(clock.now());
      return reply.send({ status: 'ok' });
    },
  );

  app.get(
    '/metrics',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Metrics for Prometheus',
        tags: ['operations'],
        produces: ['text/plain'],
        response: { 200: z.string(), ...problems },
      },
    },
    async (_request, reply) => reply.header('content-type', metrics.contentType).send(await metrics.text()),
  );
}
