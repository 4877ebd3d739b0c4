import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type ApiError, asApiError } from './api.ts';
import { request } from './session.ts';

export interface Polled<T> {
  /** The newest answer; undefined before the first. Of the path before while that of a new path is on its way. */
  readonly value: T | undefined;
  /** Why the last read failed. A service that does not answer is reported by the shell instead. */
  readonly error: ApiError | undefined;
}

/**
 * Reads a path of the API, again every `pause` milliseconds while the page can be seen, and when it is seen again. A
 * read is abandoned when the page is left or the path changes.
 *
 * @param read reads it; that of the first render is kept until the path changes
 */
export function usePolled<T>(
  path: string,
  pause: number,
  read: (path: string, signal: AbortSignal) => Promise<T> = (from, signal) => request<T>(from, { signal }),
): Polled<T> {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  useEffect(() => {
    const over = new AbortController();
    const readNow = (): void => {
      if (document.hidden) return;
      read(path, over.signal)
        .then((found) => {
          if (over.signal.aborted) return;
          value.value = found;
          error.value = undefined;
        })
        .catch((thrown: unknown) => {
          if (!over.signal.aborted) error.value = asApiError(thrown);
        });
    };
    readNow();
    const timer = setInterval(readNow, pause);
    document.addEventListener('visibilitychange', readNow);
    return () => {
      over.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', readNow);
    };
  }, [path]);
  return { value: value.value, error: error.value?.status === 0 ? undefined : error.value };
}
