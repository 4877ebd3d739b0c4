import * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';

/** An object that refuses unknown keys. Its message has one line per key, in the order of the issue's `keys`. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown key${didYouMean(key, known)}`).join('\n')
        : undefined,
  });
}
