import { type BuildStore, type LogId, longestLogRead, type StoredLogChunk } from '../../ports/build-store.ts';

/** How many chunks are read at once, and held for a slow reader: a job that prints little at a time has many small ones. */
const chunksAtOnce = 128;

/** The text of a stored log after its first `from` bytes, chunk by chunk. @throws StoreUnavailable */
export async function* storedLog(
  store: Pick<BuildStore, 'readLog'>,
  log: LogId,
  from = 0,
): AsyncGenerator<string, undefined> {
  for await (const { text } of storedChunks(store, log, from)) yield text;
}

/** The stored log of an attempt after its first `from` bytes. @throws StoreUnavailable */
export async function* storedChunks(
  store: Pick<BuildStore, 'readLog'>,
  log: LogId,
  from = 0,
): AsyncGenerator<StoredLogChunk, undefined> {
  for (let offset = from; ; ) {
    const begin = offset;
    const chunks = await store.readLog(log, offset, chunksAtOnce);
    for (const chunk of chunks) {
      yield chunk;
      offset += Buffer.byteLength(chunk.text);
    }
    if (chunks.length < chunksAtOnce && offset - begin < longestLogRead) return undefined;
  }
}
