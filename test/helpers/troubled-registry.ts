import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TroubledRegistry {
  /** On loopback, so that engines accept it without TLS. */
  readonly host: string;
  /** `METHOD /path` of refused requests, oldest first. */
  refused(): readonly string[];
  close(): Promise<void>;
}

/** A registry on loopback that answers the first `times` puts of a staging tag, or other requests, with `status`. */
export async function troubledRegistry(
  host: string,
  status: number,
  times = 1,
  requests = /^PUT .*\/manifests\/staging-/,
): Promise<TroubledRegistry> {
  const refused: string[] = [];
  const server = createServer((incoming, response) => {
    const line = `${incoming.method} ${incoming.url}`;
    if (refused.length >= times || !requests.test(line)) return forward(host, incoming, response);
    refused.push(line);
    incoming.resume().on('end', () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refused,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** With the client's own host name: the registry derives the locations in its answers from it. */
function forward(target: string, incoming: IncomingMessage, response: ServerResponse): void {
  const [host, port] = target.split(':');
  const { method, url: path, headers } = incoming;
  const onward = request({ host, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}
