import { TwinhullError } from '../errors/twinhull-error.ts';
import type { Connection } from './connection.ts';

/** How often an answer that broke off is asked for again without a character more. */
const tries = 3;

/**
 * A text as it comes. One that breaks off is asked for again, and what was given out of it is skipped: so it must be one
 * that only grows.
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

/** The last attempt may be another one by the time that its log is asked for again. */
function ofAttempt(url: string, attempt: string | null): string {
  if (attempt === null) return url;
  const pinned = new URL(url);
  pinned.searchParams.set('attempt', attempt);
  return pinned.href;
}
