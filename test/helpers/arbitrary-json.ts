import fc from 'fast-check';

/** An object as its pairs, so that a key can be repeated. */
export interface JsonObject {
  readonly pairs: readonly (readonly [string, unknown])[];
}

const text = fc.string({ unit: 'grapheme', maxLength: 6 });

/** JSON in which no object repeats a key. */
export const arbitraryJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.maxSafeInteger(),
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(text, fc.constantFrom('toString', 'constructor')), tie('value')), {
        selector: ([key]) => key,
        maxLength: 4,
      })
      .map((pairs): JsonObject => ({ pairs })),
  ),
})).value;

/** @param escaped whether the last key of an object is written entirely in escapes */
export function writeJson(value: unknown, escaped = false): string {
  if (Array.isArray(value)) return `[${value.map((item) => writeJson(item, escaped)).join(', ')}]`;
  if (typeof value !== 'object' || value === null || !('pairs' in value)) return JSON.stringify(value);
  const { pairs } = value as JsonObject;
  const write = ([key, item]: readonly [string, unknown], at: number): string => {
    const name = escaped && at === pairs.length - 1 ? escape(key) : JSON.stringify(key);
    return `${name}:${writeJson(item, escaped)}`;
  };
  return `{${pairs.map(write).join(',')}}`;
}

function escape(key: string): string {
  const units = key.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${units.join('')}"`;
}
