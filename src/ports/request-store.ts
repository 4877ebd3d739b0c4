/** A submit that was answered, with the Idempotency-Key of its sender. */
export interface AnsweredRequest {
  /** The sender: each sender has its own keys. */
  readonly owner: string;
  readonly key: string;
  /** Hash of the request's content. */
  readonly fingerprint: string;
  readonly buildId: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** A submit with an Idempotency-Key, whose answer will be the build that it creates. */
export interface AskedRequest extends Omit<AnsweredRequest, 'buildId'> {
  /** Older answers are forgotten, in milliseconds since the Unix epoch. */
  readonly keepAfter: number;
}

/** Remembers the build of each request, so that a client that retries gets the same one. Errors: `StoreUnavailable`. */
export interface RequestStore {
  find(owner: string, key: string): Promise<AnsweredRequest | undefined>;
  /**
   * Stores the answer unless there already is one, and forgets those from before `keepAfter`.
   * @returns the stored answer
   */
  record(request: AnsweredRequest, keepAfter: number): Promise<AnsweredRequest>;
}
