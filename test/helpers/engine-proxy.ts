import { mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

/** What becomes of one request: forwarded, or lost before or after the engine saw it. */
export type Fate = 'pass' | 'lose request' | 'lose answer';

export interface EngineProxy {
  readonly address: string;
  /** Breaks all connections off and listens no more. */
  close(): Promise<void>;
}

/**
 * Stands between a client and a real engine's unix socket, and loses what `decide` says.
 *
 * @param decide sees `METHOD /path`; a promise that never settles holds the request for ever
 * @param onAnswered told when the engine has answered a request, before the client is
 */
export async function startEngineProxy(
  enginePath: string,
  decide: (request: string) => Fate | Promise<Fate>,
  onAnswered: (request: string) => void | Promise<void> = () => undefined,
): Promise<EngineProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-proxy-'));
  const path = join(folder, 'docker.sock');
  const agent = new http.Agent();
  const server = http.createServer(
    (request, response) => void handle(request, response).catch(() => response.destroy()),
  );

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    const fate = await decide(line);
    if (fate === 'lose request') return void request.socket.destroy();
    const answer = await forward(request);
    response.on('close', () => answer.destroy());
    answer.on('error', () => response.destroy());
    if (fate === 'lose answer') {
      await finished(answer.resume());
      return void request.socket.destroy();
    }
    await onAnswered(line);
    response.writeHead(answer.statusCode ?? 500, answer.headers).flushHeaders();
    answer.pipe(response);
  }

  function forward(request: IncomingMessage): Promise<IncomingMessage> {
    const { method, url, headers } = request;
    return new Promise((resolve, reject) => {
      const outgoing = http.request({ socketPath: enginePath, path: url, method, headers, agent }, resolve);
      request.pipe(outgoing.on('error', reject));
    });
  }

  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    address: `unix://${path}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      agent.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
