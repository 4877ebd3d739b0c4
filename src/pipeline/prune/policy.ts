/** What is kept, and for how long. Times in days since a build ended. */
export interface RetentionPolicy {
  /** Published builds, and the staging tags of their jobs. */
  readonly keepDays: number;
  /**
   * Failed, cancelled and superseded builds with all that they pushed: until then a retry builds only the failed half.
   */
  readonly keepFailedDays: number;
  readonly keepLogDays: number;
  /** Cache tags that no build has used for this long are removed. */
  readonly keepCacheDays: number;
  /** How many of the newest published builds of each recipe and destination stay, however old. */
  readonly keepPublished: number;
  /**
   * Whether published tags of old builds are removed too. Moving tags, and tags that Twinhull did not put, never are.
   */
  readonly published: boolean;
  /** Whether to remove staging and cache tags of no stored build: only if no other store pushes to the repository. */
  readonly unknownTags: boolean;
}

/** The defaults of `prune`: docs/retention.md. */
export const defaultRetention: RetentionPolicy = {
  keepDays: 30,
  keepFailedDays: 14,
  keepLogDays: 30,
  keepCacheDays: 30,
  keepPublished: 10,
  published: false,
  unknownTags: false,
};

/** A day of 24 hours; retention does not follow time zones. */
export const millisecondsADay = 86_400_000;
