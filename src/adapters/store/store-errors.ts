import { systemCodeOf } from '../../domain/errors/system-code.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** Maps an error of a database driver to one of the catalogue. Our own errors pass unchanged. */
export function storeError(error: unknown): TwinhullError {
  if (TwinhullError.is(error)) return error;
  const reason = reasonOf(error);
  const full = /SQLITE_FULL|disk is full|No space left/i.test(`${reason} ${systemCodeOf(error)}`);
  return new TwinhullError('StoreUnavailable', `the build store failed: ${reason}`, {
    cause: error,
    hint: full
      ? 'free some space on the disk that holds the state folder (TWINHULL_STATE_DIR); then `twinhull reconcile --until-idle` continues open builds'
      : undefined,
  });
}
