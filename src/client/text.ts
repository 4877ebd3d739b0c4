import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { Connection } from './connection.ts';

/** How often a broken response is requested again without progress. */
const tries = 3;

/**
 * Streams a text. When it breaks off, it is requested again and the part already returned is skipped, so the text must
 * only grow.
 *
 * @throws ServerUnreachable, ServerRefused, and the service's own errors
 */
export async function* readText(connection: Connection, url: string): AsyncGenerator<string> {
  let given = 0;
  let address = url;
  for (let failures = 0; ; ) {
    let skipped = 0;
    const response = await connection.requestSafely(address, {
      method: 'GET',
      headers: { accept: 'text/plain' },
    });
    address = ofAttempt(address, response.headers.get('twinhull-attempt'));
    try {
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const fresh = text.slice(Math.max(0, given - skipped));
        skipped += text.length;
        if (fresh === '') continue;
        given += fresh.length;
        failures = 0;
        yield fresh;
      }
      return;
    } catch (error) {
      const reason = connection.unreachable(error);
      failures += 1;
      if (!TwinhullError.is(reason, 'ServerUnreachable') || failures === tries) throw reason;
    }
  }
}

/** Pins the attempt: the last one may be another by the time of the next request. */
function ofAttempt(url: string, attempt: string | null): string {
  if (attempt === null) return url;
  const pinned = new URL(url);
  pinned.searchParams.set('attempt', attempt);
  return pinned.href;
}
