import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SilentProxy {
  readonly port: number;
  /** From now on nothing passes, in either direction, and no connection is closed. */
  silence(): void;
  /** Forwards what was held back, and everything after it. */
  forward(): void;
  stop(): Promise<void>;
}

/** A proxy to a port of this machine that can fall silent, like a network that loses every packet. */
export async function startSilentProxy(to: number): Promise<SilentProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let silent = false;
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    if (!silent) near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => {
      silent = true;
      for (const pair of pairs) for (const socket of pair) socket.unpipe().pause();
    },
    forward: () => {
      silent = false;
      for (const [near, far] of pairs) near.pipe(far).pipe(near);
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await closed;
    },
  };
}
