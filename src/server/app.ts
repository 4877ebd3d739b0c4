import fastify from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { guard } from './auth/guard.ts';
import { handleErrors, sendProblem } from './error-handler.ts';
import { serviceMetrics } from './metrics/service-metrics.ts';
import { describeApi, type OpenApiDocument } from './openapi.ts';
import type { ServerParts } from './parts.ts';
import { rememberedCheck } from './remembered-check.ts';
import { buildRoutes } from './routes/builds.ts';
import { documentRoutes } from './routes/documents.ts';
import { eventRoutes } from './routes/events.ts';
import { followRoutes } from './routes/follow.ts';
import { gitHubWebhookRoutes } from './routes/github-webhook.ts';
import { logRoutes } from './routes/logs.ts';
import { operationRoutes } from './routes/operations.ts';
import { planRoutes } from './routes/plans.ts';
import { promotionRoutes } from './routes/promotions.ts';
import { recipeRoutes } from './routes/recipes.ts';
import type { App } from './routes/route.ts';
import { submitRoutes } from './routes/submit.ts';
import { Streams } from './streams/streams.ts';

/** In bytes: recipes are small. */
const bodyLimit = 256 * 1024;

/** How long a client may take to send a request, in milliseconds. Answers may stream for as long as they like. */
const requestTimeout = 30_000;

const versionOne = [
  submitRoutes,
  planRoutes,
  buildRoutes,
  promotionRoutes,
  logRoutes,
  followRoutes,
  eventRoutes,
  recipeRoutes,
  gitHubWebhookRoutes,
];

/** The API on top of its parts. It does not listen yet: whoever made it calls `listen`, or in tests `inject`. */
export async function createApp(parts: ServerParts): Promise<App> {
  const { options } = parts;
  const app: App = fastify({
    bodyLimit,
    requestTimeout,
    frameworkErrors: sendProblem,
    ...(options.logger !== undefined && { loggerInstance: options.logger }),
    // Streams end by `stopping`; what is idle is closed.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 100 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // What leaves is made by functions with types of their own; the schemas are there to be read.
  app.setSerializerCompiler(() => JSON.stringify);
  handleErrors(app);
  guard(app, { tokens: parts.tokens, clock: parts.clock, ...options });
  const metrics = serviceMetrics(parts.store, options);
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? 'none';
    const labels = { method, route, status: String(reply.statusCode) };
    metrics.meters.observe('twinhull_http_request_seconds', labels, reply.elapsedTime / 1000);
  });
  const check = rememberedCheck((...wanted) => parts.backend.check(...wanted), parts.clock);
  const shared = { ...parts, backend: { check }, streams: new Streams(parts) };
  await describeApi(app, options);
  await app.register(
    async (v1: App) => {
      for (const routes of versionOne) routes(v1, shared);
    },
    { prefix: '/v1' },
  );
  operationRoutes(app, parts, metrics);
  documentRoutes(app, () => app.swagger() as unknown as OpenApiDocument);
  await app.ready();
  return app;
}
