import type * as z from 'zod';
import type { ImageInput } from './recipe-document.ts';

/**
 * A recipe that comes with Twinhull. It can do no more than a recipe file: `images` returns what the file would
 * contain. `version` is part of what makes two builds the same, so it is increased whenever `images` returns something
 * else for the same options.
 */
export interface Preset<Options extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  /** The schema of `with`; parses `{}`. */
  readonly options: Options;
  images(options: z.output<Options>): Readonly<Record<string, ImageInput>>;
}
