import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type JsonLimits, JsonRefused, readJson } from '../../domain/strict-json.ts';

/** More than any request needs, and far below the depth at which recursion exhausts the stack. */
const usual: JsonLimits = { depth: 32, values: 20_000 };

/**
 * Parses the body of a request. Its meaning must not depend on the parser: it is checked, hashed and stored, and
 * proxies on the way may read it too.
 *
 * @throws RequestInvalid
 */
export function readRequestJson(body: Uint8Array, limits = usual): unknown {
  try {
    return readJson(body, limits);
  } catch (cause) {
    if (!(cause instanceof JsonRefused)) throw cause;
    throw new TwinhullError('RequestInvalid', `the request cannot be read: ${cause.message}`, { cause });
  }
}
