import type { BuildStore, LogId } from '../../ports/build-store.ts';

/** How many chunks are read at once, and held for a slow reader: one may have a megabyte. */
const chunksAtOnce = 4;

/** The stored log of an attempt after its first `from` bytes, chunk by chunk. @throws StoreUnavailable */
export async function* storedLog(
  store: Pick<BuildStore, 'readLog'>,
  log: LogId,
  from = 0,
): AsyncGenerator<string, undefined> {
  for (let offset = from; ; ) {
    const chunks = await store.readLog(log, offset, chunksAtOnce);
    for (const { text } of chunks) {
      yield text;
      offset += Buffer.byteLength(text);
    }
    if (chunks.length < chunksAtOnce) return undefined;
  }
}
