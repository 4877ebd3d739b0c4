import type { Bed } from './bed.ts';
import type { Measured } from './results.ts';

export interface Measure {
  readonly name: string;
  readonly title: string;
  /** What is measured, in a sentence or two, for the page. */
  readonly method: string;
  run(bed: Bed): Promise<Measured>;
}
