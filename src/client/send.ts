/** One request as it is sent. */
export interface SentRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request and returns the response, with any status. Rejects when there is none, with a `TwinhullError` if the
 * reason is known. The extension point for proxies, private certificate authorities, and tests.
 */
export type Send = (url: string, request: SentRequest) => Promise<Response>;

/** Uses Node's own `fetch`. Redirects are not followed: the token is meant for the configured address only. */
export const sendByFetch: Send = (url, { method, headers, body, signal }) =>
  fetch(url, {
    method,
    headers,
    redirect: 'error',
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  });
