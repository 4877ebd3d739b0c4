import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface TestProxy {
  /** With user and password, if it requires them. */
  readonly url: string;
  /** `CONNECT host:port` or `GET http://…`, oldest first. */
  readonly passed: readonly string[];
  stop(): Promise<void>;
}

export interface TestProxyOptions {
  /** The target of all requests, for any host: the names in tests can be reached only through the proxy. */
  readonly targetPort: number;
  /** `user:password` */
  readonly login?: string;
}

/** A forward proxy: absolute URLs for http, CONNECT for https. */
export async function startProxy({ targetPort, login }: TestProxyOptions): Promise<TestProxy> {
  const passed: string[] = [];
  const sockets = new Set<Socket>();
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const server = createServer((incoming, response) => {
    if (incoming.headers['proxy-authorization'] !== expected) return void response.writeHead(407).end();
    passed.push(`${incoming.method} ${incoming.url}`);
    const { pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const onward = request(
      { host: '127.0.0.1', port: targetPort, method, headers, path: pathname + search },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.once('error', () => response.destroy());
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    if (incoming.headers['proxy-authorization'] !== expected) return void socket.end('HTTP/1.1 407 No\r\n\r\n');
    passed.push(`CONNECT ${incoming.url}`);
    const onward = connect(targetPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward);
    onward.once('error', () => socket.destroy());
    socket.once('error', () => onward.destroy());
  });
  server.on('connection', (socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${login === undefined ? '' : `${login}@`}127.0.0.1:${port}`,
    passed,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
