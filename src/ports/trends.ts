import type { MeasuredStage } from '../domain/job-measures.ts';
import type { Platform } from '../domain/platform.ts';

/** Which days and recipes to summarise. */
export interface TrendQuery {
  /** The first and the last day, UTC, in days since 1970. */
  readonly from: number;
  readonly to: number;
  /** Name of one recipe. @default all of them together */
  readonly recipe?: string | undefined;
}

/** What the attempts that ended on a day took for one stage. */
export interface Trend {
  readonly day: number;
  readonly platform: Platform;
  readonly stage: MeasuredStage;
  readonly succeeded: number;
  readonly failed: number;
  readonly stopped: number;
  /** Of those that succeeded, in seconds and at most 5% off; undefined without any. */
  readonly p50Seconds: number | undefined;
  readonly p95Seconds: number | undefined;
  /**
   * Of the stage `build`: how many steps of images the layer cache provided, of all. Undefined for other stages, and
   * without a report of a builder.
   */
  readonly cachedSteps: number | undefined;
  readonly steps: number | undefined;
}

/** What jobs took, day by day. */
export interface Trends {
  /** By day, platform and stage. */
  readonly trends: readonly Trend[];
  /** The recipes of these days, by name, whichever was asked for. */
  readonly recipes: readonly string[];
}
