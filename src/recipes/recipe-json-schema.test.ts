import { expect, it } from 'vitest';
import { recipeJsonSchema } from './recipe-json-schema.ts';

/** Every object below `node` that describes a value that a person writes. */
function properties(node: unknown, path = ''): [string, Record<string, unknown>][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    const below = properties(value, `${path}/${key}`);
    if (!path.endsWith('/properties') || typeof value !== 'object' || value === null || key === 'preset') return below;
    return [[`${path}/${key}`, value as Record<string, unknown>], ...below];
  });
}

it('describes every field for editors', () => {
  const bare = properties(recipeJsonSchema())
    .filter(([, schema]) => schema['description'] === undefined)
    .map(([path]) => path);
  expect(bare).toEqual([]);
});

it('declares exclusive fields, and the options of the preset', () => {
  const schema = recipeJsonSchema();
  expect(schema).toMatchObject({
    oneOf: [{ required: ['images'] }, { required: ['preset'] }],
    additionalProperties: false,
  });
  expect(JSON.stringify(schema)).toContain('"if":{"properties":{"preset":{"const":"vecoli"}}');
});
