import * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';

/** Each suggestion costs a comparison with all known keys, and more unknown keys than this are not misspellings. */
const mostSuggestions = 5;

/**
 * An object that refuses unknown keys. Its message has one line per key, in the order of the issue's `keys`.
 * @param unsupported messages for keys that users may expect
 */
export function strictObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  unsupported: Readonly<Record<string, string>> = {},
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  const problem = (key: string, at: number): string => {
    if (Object.hasOwn(unsupported, key)) return unsupported[key] ?? '';
    return `unknown key${at < mostSuggestions ? didYouMean(key, known) : ''}`;
  };
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map(problem).join('\n') : undefined),
  });
}
