import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** The client and target of each request, oldest first. */
  readonly passed: readonly { readonly from: string; readonly to: string }[];
  stop(): Promise<void>;
}

/** A forward proxy as companies have it: CONNECT leads to the given host. */
export async function startConnectProxy(address: string): Promise<ConnectProxy> {
  const passed: { from: string; to: string }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => void response.writeHead(405).end());
  server.on('connection', (socket) => void sockets.add(socket));
  server.on('connect', ({ url: to = '' }, socket) => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Node types it as a Duplex, and gives a Socket
    passed.push({ from: (socket as Socket).remoteAddress ?? '', to });
    const [host, port] = to.split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward);
    onward.once('error', () => socket.destroy());
    socket.once('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}`,
    passed,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
