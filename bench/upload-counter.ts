import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Bed } from './bed.ts';

/** Counts what clients send to a registry: requests and uploads. */
export interface UploadCounter {
  /** Its own `host:port`, which clients use in place of the registry's. */
  readonly host: string;
  /** Bytes since the last call. */
  take(): number;
}

/** @param port the registry's on this machine */
export async function countUploads(bed: Bed, port: number): Promise<UploadCounter> {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const registry = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [client, registry],
      [registry, client],
    ] as const) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => other.destroy());
    }
    client.on('data', (chunk) => {
      bytes += chunk.length;
    });
    client.pipe(registry).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bed.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    host: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    take: () => {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
  };
}
