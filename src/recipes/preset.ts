import type * as z from 'zod';
import type { ImageInput } from './recipe-document.ts';

/**
 * A recipe that comes with Twinhull. It can do what a recipe file can and no more: `images` gives what would
 * stand in the file. `version` is part of what makes two builds the same, so it counts up whenever `images` gives
 * something else for the same options.
 */
export interface Preset<Options extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  /** What may stand under `with`; parses `{}`. */
  readonly options: Options;
  images(options: z.output<Options>): Readonly<Record<string, ImageInput>>;
}
