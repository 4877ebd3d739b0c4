import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MirrorServer {
  /** What containers reach it by. */
  readonly url: string;
  /** Paths asked for, oldest first. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** A server outside of everything, as a package mirror is: answers what `answer` says, when it says so. */
export async function startMirror(
  address: string,
  answer: (path: string, response: ServerResponse) => void,
): Promise<MirrorServer> {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    answer(url, response);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}`,
    asked,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
