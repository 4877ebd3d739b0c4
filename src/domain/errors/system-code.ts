/**
 * The system's or a library's code of an error, such as `ENOENT` or `SQLITE_BUSY`, also where a library has wrapped it:
 * the code of the first error in its chain of causes that has one. A failed connection to several addresses has one
 * error for each; the first counts. Empty if there is no code.
 */
export function systemCodeOf(error: unknown): string {
  return codeIn(originOf(error));
}

/** The first error in a chain of causes that has a code, or the last one. */
export function originOf(error: unknown): unknown {
  if (!(error instanceof Error) || codeIn(error) !== '') return error;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner === undefined ? error : originOf(inner);
}

function codeIn(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
