import { createServer } from 'node:http';

export interface RefusingRegistry {
  /** On loopback, so that engines accept it without TLS. */
  readonly host: string;
  close(): Promise<void>;
}

/** A registry that is reachable but refuses every request; with `login` also the first contact. */
export async function refusingRegistry({ login = false } = {}): Promise<RefusingRegistry> {
  const server = createServer((request, response) => {
    const allowed = request.url === '/v2/' && !login;
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'this registry refuses everything' }] });
    response.writeHead(allowed ? 200 : login ? 401 : 403, {
      'content-type': 'application/json',
      'docker-distribution-api-version': 'registry/2.0',
      ...(login ? { 'www-authenticate': 'Basic realm="refusing"' } : {}),
    });
    response.end(allowed ? '{}' : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the registry has no port');
  return {
    host: `127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
