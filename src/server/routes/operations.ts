import * as z from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import type { ServerParts } from '../parts.ts';
import { problems } from '../schemas/answers.ts';
import type { App } from './route.ts';

/** Routes for the operator of the service. */
export function operationRoutes(app: App, { store, clock, options }: ServerParts, metrics: ServiceMetrics): void {
  const status = z.object({ status: z.literal('ok') });

  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: { summary: 'Whether the process is alive', tags: ['operations'], response: { 200: status } },
    },
    async (_request, reply) => reply.send({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Whether it is ready for requests: its store responds, and it is not stopping',
        tags: ['operations'],
        response: { 200: status, ...problems },
      },
    },
    async (_request, reply) => {
      if (options.stopping.aborted) throw new TwinhullError('ServiceStopping', 'the service is stopping');
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
