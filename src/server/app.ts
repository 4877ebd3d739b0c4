import fastify from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { guard } from './auth/guard.ts';
import { handleErrors, sendProblem } from './errors/error-handler.ts';
import { serviceMetrics } from './metrics/service-metrics.ts';
import type { ServerParts } from './parts.ts';
import { rememberedCheck } from './remembered-check.ts';
import { readRequestJson } from './requests/request-json.ts';
import { badgeRoutes } from './routes/badge.ts';
import { buildRoutes } from './routes/builds.ts';
import { comparisonRoutes } from './routes/comparison.ts';
import { diagnosisRoutes } from './routes/diagnosis.ts';
import { documentRoutes } from './routes/documents.ts';
import { estimateRoutes } from './routes/estimate.ts';
import { eventRoutes } from './routes/events.ts';
import { followRoutes } from './routes/follow.ts';
import { gitHubWebhookRoutes } from './routes/github-webhook.ts';
import { healthRoutes } from './routes/health.ts';
import { logRoutes } from './routes/logs.ts';
import { manifestRoutes } from './routes/manifests.ts';
import { openIdRoutes } from './routes/openid.ts';
import { operationRoutes } from './routes/operations.ts';
import { pageRoutes } from './routes/pages.ts';
import { planRoutes } from './routes/plans.ts';
import { promotionRoutes } from './routes/promotions.ts';
import { recipeRoutes } from './routes/recipes.ts';
import type { App } from './routes/route.ts';
import { sessionRoutes } from './routes/session.ts';
import { submitRoutes } from './routes/submit.ts';
import { trendRoutes } from './routes/trends.ts';
import { describeApi, type OpenApiDocument } from './schemas/openapi.ts';
import { LogIndexes } from './streams/log-index.ts';
import { Streams } from './streams/streams.ts';

/** In bytes: recipes are small. */
const bodyLimit = 256 * 1024;

/** How long a client may take to send a request, in milliseconds. Responses may stream for any length of time. */
const requestTimeout = 30_000;

const versionOne = [
  submitRoutes,
  planRoutes,
  buildRoutes,
  estimateRoutes,
  manifestRoutes,
  badgeRoutes,
  promotionRoutes,
  logRoutes,
  followRoutes,
  eventRoutes,
  recipeRoutes,
  sessionRoutes,
  openIdRoutes,
  healthRoutes,
  diagnosisRoutes,
  trendRoutes,
  comparisonRoutes,
  gitHubWebhookRoutes,
];

/** Builds the API from its parts. It does not listen yet: the caller calls `listen`, or `inject` in tests. */
export async function createApp(parts: ServerParts): Promise<App> {
  const { options } = parts;
  const app: App = fastify({
    bodyLimit,
    requestTimeout,
    frameworkErrors: sendProblem,
    ...(options.logger !== undefined && { loggerInstance: options.logger }),
    // `stopping` ends the streams; idle connections are closed.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 100 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // Typed functions make the responses, so the schemas serve as documentation only.
  app.setSerializerCompiler(() => JSON.stringify);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    readRequestJson(body),
  );
  handleErrors(app);
  guard(app, { tokens: parts.tokens, sessions: parts.sessions, clock: parts.clock, ...options });
  app.addHook('onSend', async (_request, reply) => {
    // Pages of other sites may not frame ours, even where a route relaxes its other headers.
    if (!String(reply.getHeader('content-type')).startsWith('text/html')) return;
    reply.header('x-frame-options', 'DENY');
    if (!String(reply.getHeader('content-security-policy')).includes('frame-ancestors'))
      reply.header('content-security-policy', "frame-ancestors 'none'");
  });
  const metrics = serviceMetrics(parts.store, options);
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? 'none';
    const labels = { method, route, status: String(reply.statusCode) };
    metrics.meters.observe('twinhull_http_request_seconds', labels, reply.elapsedTime / 1000);
  });
  const check = rememberedCheck((...wanted) => parts.backend.check(...wanted), parts.clock);
  const logIndexes = new LogIndexes(parts.store);
  const shared = { ...parts, backend: { check }, streams: new Streams(parts), logIndexes };
  await describeApi(app, options);
  await app.register(
    async (v1: App) => {
      for (const routes of versionOne) routes(v1, shared);
    },
    { prefix: '/v1' },
  );
  operationRoutes(app, parts, metrics);
  const pages = options.pages?.has('/index.html') === true ? options.pages : undefined;
  documentRoutes(app, () => app.swagger() as unknown as OpenApiDocument, { page: pages === undefined });
  if (pages !== undefined) pageRoutes(app, pages);
  await app.ready();
  return app;
}
