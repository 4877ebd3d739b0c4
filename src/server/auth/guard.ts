import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import { type AuthenticateParts, authenticate, type Caller } from './authenticate.ts';
import { RateLimiter } from './rate-limiter.ts';
import { type Access, allows } from './scopes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Undefined on public routes. */
    caller: Caller | undefined;
  }
}

/** Who may call the API, and how often. */
export interface GuardOptions extends AuthenticateParts {
  readonly clock: Clock;
  /** Requests per minute and sender. */
  readonly rateLimit: number;
}

/**
 * Admits the callers that a route's `access` allows, before the body is read. A route without `access` cannot be
 * created.
 */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  const limiter = new RateLimiter(options.rateLimit, options.clock);
  app.decorateRequest('caller', undefined);
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined)
      throw new TwinhullError('InternalError', `route ${String(method)} ${url} does not declare its required scope`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (access === undefined || access === 'public') return;
    const caller = await authenticate(request, options).catch((error: unknown) => {
      // Failed tokens are counted by address, to slow down guessing; an unavailable store does not count.
      if (TwinhullError.is(error, 'TokenInvalid')) limiter.take(`address ${request.ip}`, reply);
      throw error;
    });
    limiter.take(`token ${caller.id}`, reply);
    request.caller = caller;
    if (!allows(caller.scope, access)) {
      throw new TwinhullError(
        'ScopeMissing',
        `${caller.session === undefined ? 'the API token' : 'the session of'} "${caller.name}" has scope ${caller.scope}, not ${access}`,
      );
    }
  });
}

/** The sender of a request to a route that is not public. */
export function callerOf({ caller }: Pick<FastifyRequest, 'caller'>): Caller {
  if (caller === undefined) throw new TwinhullError('InternalError', 'a public route requested its caller');
  return caller;
}
