import type { BackendRequest } from '../../../ports/job-backend.ts';

/** The part of the SDK's middleware in use; the clients' own types have nothing in common. */
interface MiddlewareStack {
  add(middleware: Middleware, options: { readonly step: 'initialize'; readonly priority: 'high' }): void;
}
type Send = (args: unknown) => Promise<unknown>;
type Middleware = (next: Send, context: { readonly commandName?: string }) => Send;

/** An SDK client that sends each request once, so that calls and requests are the same. */
interface SingleSender {
  readonly middlewareStack: unknown;
}

/** Where each request of a client is reported, for metrics. */
export interface ObserveRequestsOptions {
  readonly service: string;
  readonly outcomeOf: (error: unknown) => Exclude<BackendRequest['outcome'], 'succeeded'>;
  readonly onRequest: (request: BackendRequest) => void;
}

/** Calls `onRequest` for each request that the client sends from now on, with its outcome. */
export function observeRequests(
  { middlewareStack }: SingleSender,
  { service, outcomeOf, onRequest }: ObserveRequestsOptions,
): void {
  const timed: Middleware = (next, { commandName = '' }) => {
    const operation = commandName.replace(/Command$/, '');
    return async (args) => {
      const begun = performance.now();
      const report = (outcome: BackendRequest['outcome']): void =>
        onRequest({ service, operation, outcome, seconds: (performance.now() - begun) / 1000 });
      try {
        const answer = await next(args);
        report('succeeded');
        return answer;
      } catch (error) {
        report(outcomeOf(error));
        throw error;
      }
    };
  };
  (middlewareStack as MiddlewareStack).add(timed, { step: 'initialize', priority: 'high' });
}
