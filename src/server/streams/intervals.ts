/** All in milliseconds. */
export const intervals = {
  /** How often a feed polls the store: the longest that an event is late. */
  poll: 200,
  /** How long a feed waits before it polls again after the store failed. */
  retry: 1_000,
  /** How long a stream is silent before it sends a keepalive: proxies close silent connections. */
  quiet: 15_000,
  /** How often the tokens of open streams are checked: the longest that a revoked one still works. */
  tokens: 3_000,
} as const;
