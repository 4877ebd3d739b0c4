import { request } from 'node:http';
import type { App } from '../../src/server/routes/route.ts';

export interface LeavingClient {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Resolves once the service works on the request. */
  readonly arrived: () => Promise<unknown>;
}

/** Sends a request and disconnects before it is answered. Resolves when the service has noticed. */
export async function askAndLeave({ server }: App, { url, headers, arrived }: LeavingClient): Promise<void> {
  const closed = new Promise((resolve) => {
    server.once('connection', (socket) => socket.once('close', resolve));
  });
  const leaving = request(url, { headers, agent: false }).once('error', () => undefined);
  leaving.end();
  await arrived();
  leaving.destroy();
  await closed;
}
