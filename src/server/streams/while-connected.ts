import type { FastifyReply } from 'fastify';

/** Passes on what a response is made from, and ends at once when the client has disconnected. */
export async function* whileConnected<T>(
  items: AsyncIterable<T>,
  { raw }: Pick<FastifyReply, 'raw'>,
): AsyncGenerator<T, undefined> {
  const isGone = (): boolean => raw.destroyed;
  if (isGone()) return;
  for await (const item of items) {
    if (isGone()) return;
    yield item;
  }
}
