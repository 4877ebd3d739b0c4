/** What is kept, and for how long. Times in days since a build ended. */
export interface RetentionPolicy {
  /** Published builds, and the staging tags of their jobs. */
  readonly keepDays: number;
  /** Failed and cancelled builds with all that they pushed: so long a retry builds only the half that failed. */
  readonly keepFailedDays: number;
  readonly keepLogDays: number;
  /** Cache tags that no build has used for so long go. */
  readonly keepCacheDays: number;
  /** The newest published builds of each recipe and destination that stay, however old. */
  readonly keepPublished: number;
  /** Whether published tags of old builds go too. Moving tags, and tags that Twinhull did not put, never go. */
  readonly published: boolean;
  /** Whether staging and cache tags go that no stored build knows: for who alone pushes to the repository. */
  readonly unknownTags: boolean;
}

export const defaultRetention: RetentionPolicy = {
  keepDays: 30,
  keepFailedDays: 14,
  keepLogDays: 30,
  keepCacheDays: 30,
  keepPublished: 10,
  published: false,
  unknownTags: false,
};

export const millisecondsADay = 86_400_000;
