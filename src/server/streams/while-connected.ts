import type { FastifyReply } from 'fastify';

/** Passes on what a response is made from, and ends at once when the client has disconnected. */
export async function* whileConnected<T>(
  items: AsyncIterable<T>,
  { raw }: Pick<FastifyReply, 'raw'>,
): AsyncGenerator<T, undefined> {
  if (raw.destroyed) return;
  for await (const item of items) {
    if (raw.destroyed) return;
    yield item;
  }
}
