import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { newErrorId, type UnknownErrorDetails } from './error.ts';

/**
 * Writes all details of an unknown error to `errors.log` in `folder`, readable by this user alone.
 *
 * @returns what `renderError` prints about it; only an id if the file cannot be written
 */
export function recordUnknownError(error: unknown, folder: string, now: number = Date.now()): UnknownErrorDetails {
  const id = newErrorId();
  const detailsIn = join(folder, 'errors.log');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    appendFileSync(detailsIn, `${new Date(now).toISOString()} ${id} ${inspect(error)}\n`, { mode: 0o600 });
    return { id, detailsIn };
  } catch {
    return { id };
  }
}
