import { randomBytes } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Problem, problemOf, retryAfterSeconds } from './problem.ts';

/** Sends every error as a problem document; an error that is not a TwinhullError is reported by an id only. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    sendProblem(new TwinhullError('RouteNotFound', `there is no route ${request.method} ${path}`), request, reply);
  });
}

/** Also called for errors that occur before a route is found. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemFor(thrown, request, reply);
  void reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem);
}

/** Logs the error, and sets the headers that go with it in any form. */
export function problemFor(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
  const error = ownError(thrown, request.routeOptions.bodyLimit);
  const errorId = randomBytes(6).toString('hex');
  const problem = problemOf(error, errorId);
  if (problem.status >= 500) request.log.error({ errorId, err: error.cause ?? error }, error.message);
  else request.log.info({ code: error.code }, error.message);
  if (problem.status === 503) reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="twinhull"');
  return problem;
}

function ownError(error: unknown, bodyLimit: number): TwinhullError {
  if (TwinhullError.is(error)) return error;
  if (isRequestError(error)) {
    if (error.statusCode === 413)
      return new TwinhullError('RequestTooLarge', `the request body exceeds ${String(bodyLimit / 1024)} KiB`);
    return new TwinhullError('RequestInvalid', requestProblem(error), { cause: error });
  }
  return new TwinhullError('InternalError', `an unexpected error: ${reasonOf(error)}`, { cause: error });
}

/** Fastify's own errors for requests that it rejects. */
function isRequestError(error: unknown): error is FastifyError {
  if (!(error instanceof Error) || !('statusCode' in error)) return false;
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
}

const mostProblems = 10;

function requestProblem({ validation, validationContext, message }: FastifyError): string {
  if (validation === undefined) return `the request cannot be read: ${message}`;
  const problems = validation.slice(0, mostProblems).map(({ instancePath, message: why }) => {
    const place = `${validationContext ?? 'request'}${instancePath}`;
    return `${place}: ${why ?? 'is not valid'}`;
  });
  return `the request is not valid: ${problems.join('; ')}`;
}
