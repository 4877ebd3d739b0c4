import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ServerParts } from '../parts.ts';
import type { LogIndexes } from '../streams/log-index.ts';
import type { Streams } from '../streams/streams.ts';

/** The application as routes use it: requests are typed by their Zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The dependencies of routes. */
export interface RouteParts extends ServerParts {
  readonly streams: Streams;
  readonly logIndexes: LogIndexes;
}

/** Registers the routes of one resource. */
export type Routes = (app: App, parts: RouteParts) => void;
