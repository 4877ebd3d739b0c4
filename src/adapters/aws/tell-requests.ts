import type { BackendRequest } from '../../ports/job-backend.ts';

/** The SDK's middleware, as far as it is used here; the clients' own types have nothing in common. */
interface MiddlewareStack {
  add(middleware: Middleware, options: { readonly step: 'initialize'; readonly priority: 'high' }): void;
}
type Send = (args: unknown) => Promise<unknown>;
type Middleware = (next: Send, context: { readonly commandName?: string }) => Send;

/** A client of the SDK that sends each request once: what it is asked is what it sends. */
interface SingleSender {
  readonly middlewareStack: unknown;
}

export interface TellRequestsOptions {
  readonly service: string;
  readonly outcomeOf: (error: unknown) => Exclude<BackendRequest['outcome'], 'succeeded'>;
  readonly tell: (request: BackendRequest) => void;
}

/** Tells of each request that the client sends from now on, once its outcome is there. */
export function tellRequests(
  { middlewareStack }: SingleSender,
  { service, outcomeOf, tell }: TellRequestsOptions,
): void {
  const timed: Middleware = (next, { commandName = '' }) => {
    const operation = commandName.replace(/Command$/, '');
    return async (args) => {
      const begun = performance.now();
      const told = (outcome: BackendRequest['outcome']): void =>
        tell({ service, operation, outcome, seconds: (performance.now() - begun) / 1000 });
      try {
        const answer = await next(args);
        told('succeeded');
        return answer;
      } catch (error) {
        told(outcomeOf(error));
        throw error;
      }
    };
  };
  (middlewareStack as MiddlewareStack).add(timed, { step: 'initialize', priority: 'high' });
}
