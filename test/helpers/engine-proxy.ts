import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';

/** What happens to one request: forwarded, or lost before or after it reached the engine. */
export type Fate = 'pass' | 'lose request' | 'lose answer';

export interface EngineProxy {
  readonly address: string;
  /** Breaks all connections and stops listening. */
  close(): Promise<void>;
}

/**
 * A proxy between a client and a real engine's unix socket that loses what `decide` selects.
 *
 * @param decide gets `METHOD /path`, and `INPUT /path` when an attached client sends its input to a started container;
 * a promise that never settles holds the request forever
 * @param onAnswered called when the engine has answered a request, before the client gets the answer
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

  let wasStarted = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    wasStarted = resolve;
  });
  const attached = new Set<Duplex>();
  // Attached connections: a stream in both directions, once the engine agreed.
  server.on('upgrade', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    attached.add(client.on('error', () => undefined).on('close', () => attached.delete(client)));
    if ((request.url ?? '').includes('/attach?')) void attach(request, client).catch(() => client.destroy());
    else tunnel(enginePath, request, client, head);
  });

  async function attach(request: IncomingMessage, client: Duplex): Promise<void> {
    const line = `${request.method} ${request.url}`;
    const fate = await decide(line);
    if (fate === 'lose request') return void client.destroy();
    const { method, url, headers } = request;
    const outgoing = http.request({ socketPath: enginePath, path: url, method, headers, agent }).end();
    const [answer, engine] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Duplex];
    engine.on('error', () => client.destroy());
    client.on('close', () => engine.destroy());
    if (fate === 'lose answer') return void client.destroy();
    await onAnswered(line);
    client.write(`HTTP/1.1 ${answer.statusCode} Switching\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
    await started;
    const input = `INPUT ${url}`;
    const inputFate = await decide(input);
    if (inputFate === 'lose request') return void engine.end(client.read(20), () => client.destroy());
    client.pipe(engine);
    await finished(engine.resume());
    await onAnswered(input);
    if (inputFate === 'pass') client.end();
    else client.destroy();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    const fate = await decide(line);
    if (fate === 'lose request') return void request.socket.destroy();
    const answer = await forward(request);
    if (/^POST .*\/start$/.test(line)) wasStarted();
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
      for (const client of attached) client.destroy();
      await closed;
      agent.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Forwards a stream of another kind, such as BuildKit's session, whose repeated headers must stay separate. */
function tunnel(enginePath: string, { method, url, rawHeaders }: IncomingMessage, client: Duplex, head: Buffer): void {
  const engine = net.connect(enginePath);
  const headers = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []));
  engine.write(`${[`${method} ${url} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`);
  engine.write(head);
  engine.on('error', () => client.destroy()).on('close', () => client.destroy());
  client.on('close', () => engine.destroy());
  client.pipe(engine).pipe(client);
}
