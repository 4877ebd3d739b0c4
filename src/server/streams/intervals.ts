/** All in milliseconds. */
export const intervals = {
  /** How often a feed looks into the store: the longest that an event is late. */
  look: 200,
  /** How long it waits before it looks again after the store did not answer. */
  retry: 1_000,
  /** After how long a stream says that it is still there: proxies close what says nothing. */
  quiet: 15_000,
  /** How often the tokens of open streams are looked at: the longest that a revoked one still reads. */
  tokens: 3_000,
} as const;
