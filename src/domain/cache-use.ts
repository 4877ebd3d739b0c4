/** What the build of an image took from its layer cache. */
export interface CacheUse {
  /** `absent`: there was none; `broken`: it could not be read, or parts of it. */
  readonly outcome: 'used' | 'absent' | 'broken';
  /** Steps that were not run, because the layer cache or the engine had their result. */
  readonly cached: number;
  /** Steps such as `RUN` and `COPY`, bases not counted. */
  readonly steps: number;
}

/** Every `outcome` of `CacheUse`. */
export const cacheOutcomes = ['used', 'absent', 'broken'] as const satisfies readonly CacheUse['outcome'][];
