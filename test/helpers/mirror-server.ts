import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MirrorServer {
  /** The URL for containers. */
  readonly url: string;
  /** Requested paths, oldest first. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** An external server, such as a package mirror: `answer` decides what it answers, and when. */
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
