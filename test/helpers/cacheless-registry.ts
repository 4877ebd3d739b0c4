import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface CachelessRegistry {
  /** `localhost:port` */
  readonly host: string;
  /** How many caches it refused. */
  refusals(): number;
  stop(): Promise<void>;
}

/** As registries answer that check media types. */
const refusal = { status: 400, code: 'MANIFEST_INVALID', message: 'unsupported media type of the config' };

/** The registry at that port, except that it stores no manifest of a cache. */
export async function startCachelessRegistry(port: number, answer = refusal): Promise<CachelessRegistry> {
  const { status, ...error } = answer;
  let refused = 0;
  const server = createServer((incoming, response) => {
    void manifestBody(incoming).then((body) => {
      if (body === 'refused') {
        refused += 1;
        const text = JSON.stringify({ errors: [error] });
        return void response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      }
      const { method, headers, url: path } = incoming;
      const onward = request({ host: '127.0.0.1', port, method, headers, path }, (answered) => {
        response.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(response);
      });
      onward.once('error', () => response.destroy());
      if (body === undefined) incoming.pipe(onward);
      else onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `localhost:${String((server.address() as AddressInfo).port)}`,
    refusals: () => refused,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The body of a manifest that is stored, unless it is refused; undefined for another request. */
async function manifestBody(incoming: IncomingMessage): Promise<Buffer | 'refused' | undefined> {
  if (incoming.method !== 'PUT' || !incoming.url?.includes('/manifests/')) return undefined;
  const body = await buffer(incoming);
  return body.includes('application/vnd.buildkit.cacheconfig') ? 'refused' : body;
}
