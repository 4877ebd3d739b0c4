import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CuttingProxy {
  readonly url: string;
  /** The Last-Event-ID of every request for events, undefined if it had none. */
  readonly asked: readonly (string | undefined)[];
  close(): void;
}

/** A proxy to a service that cuts requests for events, the first few after the given numbers of bytes. */
export async function startCuttingProxy(to: string, cuts: readonly number[]): Promise<CuttingProxy> {
  const asked: (string | undefined)[] = [];
  const server = createServer((incoming, outgoing) => {
    const isEvents = incoming.url?.endsWith('/events') ?? false;
    let left = isEvents ? (cuts[asked.length] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    if (isEvents) asked.push(incoming.headers['last-event-id'] as string | undefined);
    const onward = request(
      to + (incoming.url ?? ''),
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.on('data', (chunk: Buffer) => {
          const part = chunk.subarray(0, left);
          left -= part.length;
          outgoing.write(part, () => left === 0 && outgoing.destroy());
        });
        answer.on('end', () => outgoing.end());
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
