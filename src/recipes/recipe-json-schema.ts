import * as z from 'zod';
import { presets } from './presets.ts';
import { recipeDocument } from './recipe-document.ts';

type JsonSchema = Record<string, unknown>;

/**
 * JSON Schema 2020-12 of recipe files, for editors: schema/recipe.schema.json. To Zod's fields it adds which of them
 * exclude each other and what each preset takes.
 */
export function recipeJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(recipeDocument, { io: 'input', override: addAlternatives });
  const preset = schema.properties?.['preset'];
  if (typeof preset === 'object') preset.enum = presets.map(({ name }) => name);
  return {
    $schema,
    title: 'Twinhull recipe',
    ...schema,
    ...oneOf('images', 'preset'),
    allOf: presets.map(presetOptions),
  };
}

function addAlternatives({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  const properties = Object.keys((jsonSchema['properties'] as object | undefined) ?? {});
  if (properties.includes('dockerfile')) Object.assign(jsonSchema, oneOf('dockerfile', 'script'));
  if (properties.includes('inline')) Object.assign(jsonSchema, { not: { required: ['path', 'inline'] } });
}

function oneOf(...keys: readonly string[]): JsonSchema {
  return { oneOf: keys.map((key) => ({ required: [key] })) };
}

function presetOptions({ name, description, options }: (typeof presets)[number]): JsonSchema {
  const schema: JsonSchema = { ...z.toJSONSchema(options, { io: 'input' }) };
  delete schema['$schema'];
  return {
    if: { properties: { preset: { const: name } }, required: ['preset'] },
    then: { properties: { with: { description: `Options of the preset ${name}: ${description}.`, ...schema } } },
  };
}
