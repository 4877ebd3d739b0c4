import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

export interface StandIn {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** The requests, oldest first; the TLS probe is not HTTP, and so not among them. */
  readonly seen: readonly SeenRequest[];
  stop(): Promise<void>;
}

/** A plain HTTP server for answers that docker-registry cannot be made to give. It is not a registry. */
export async function startStandIn(answer: RequestListener): Promise<StandIn> {
  const seen: SeenRequest[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, authorization: headers.authorization });
    request.resume().once('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An error in the format of the distribution API. */
export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ errors: [{ code, message }] }));
}

/**
 * A stand-in for the duration of a test. Probes for the scheme are answered with 200, all other requests by `answer`,
 * and `calls` has only the latter.
 */
export async function standIn(answer: Answer) {
  const server = await startStandIn((request, response) => {
    if (request.url === '/v2/') response.end();
    else answer(request, response);
  });
  onTestFinished(() => server.stop());
  const calls = () => server.seen.filter(({ url }) => url !== '/v2/');
  return { ...server, calls };
}
