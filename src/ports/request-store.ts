/** A submit that was answered, under the Idempotency-Key that its sender gave it. */
export interface AnsweredRequest {
  /** Who sent it: keys of different senders have nothing to do with each other. */
  readonly owner: string;
  readonly key: string;
  /** Hash of what was asked. */
  readonly fingerprint: string;
  readonly buildId: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** A submit under an Idempotency-Key whose answer will be the build that it makes. */
export interface AskedRequest extends Omit<AnsweredRequest, 'buildId'> {
  /** Answers from before are forgotten, in milliseconds since the Unix epoch. */
  readonly keepAfter: number;
}

/** Remembers which build a request got, so that a client that asks again gets the same. Errors: `StoreUnavailable`. */
export interface RequestStore {
  find(owner: string, key: string): Promise<AnsweredRequest | undefined>;
  /**
   * Keeps the answer unless there is one, and forgets those from before `keepAfter`.
   * @returns the answer that stands
   */
  record(request: AnsweredRequest, keepAfter: number): Promise<AnsweredRequest>;
}
