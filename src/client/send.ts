/** One request as it goes out. */
export interface SentRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request and gives the answer, whatever its status. Rejects when there is none; with a `TwinhullError` where
 * it knows why. The place for proxies, private certificate authorities, and tests.
 */
export type Send = (url: string, request: SentRequest) => Promise<Response>;

/** By Node's own `fetch`. A redirect is not followed: the token was meant for the address that was named. */
export const sendByFetch: Send = (url, { method, headers, body, signal }) =>
  fetch(url, {
    method,
    headers,
    redirect: 'error',
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  });
