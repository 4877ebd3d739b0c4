import { RegisterJobDefinitionRequest$ } from '@aws-sdk/client-batch';

/**
 * Batch's own API model, as included in the SDK: each structure's members, their types, and how many of them are
 * required (the first ones). Its numbers are scalars, lists (64) and maps (128) of them (StaticSchema in
 * @smithy/types). TypeScript checks the model's enumerations: a document of the SDK's type that compiles conforms to
 * them.
 */
type Schema = number | (() => Schema) | readonly unknown[];

const scalars = ['string', 'number', 'boolean'] as const;

/** Every way in which a document violates RegisterJobDefinition; empty for a valid one. */
export function problemsOfJobDefinition(document: unknown): readonly string[] {
  return problems(RegisterJobDefinitionRequest$, document, '');
}

function problems(schema: Schema, value: unknown, path: string): readonly string[] {
  if (typeof schema === 'function') return problems(schema(), value, path);
  if (typeof schema === 'number') return problemsOfNumbered(schema, value, path);
  const [kind, , , , ...rest] = schema;
  switch (kind) {
    case 1:
      return problemsOfList(rest[0] as Schema, value, path);
    case 2:
      return problemsOfMap(rest[1] as Schema, value, path);
    case 3:
      return problemsOfStructure(rest as [string[], Schema[], number?], value, path);
    default:
      return [`${path}: the model has a schema of kind ${String(kind)}, which this check does not know`];
  }
}

function problemsOfNumbered(schema: number, value: unknown, path: string): readonly string[] {
  if (schema >= 128) return problemsOfMap(schema - 128, value, path);
  if (schema >= 64) return problemsOfList(schema - 64, value, path);
  const expected = scalars[schema];
  return typeof value === expected ? [] : [`${path}: expected ${expected ?? `schema ${schema}`}`];
}

function problemsOfList(member: Schema, value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value)) return [`${path}: expected a list`];
  return value.flatMap((one, index) => problems(member, one, `${path}[${index}]`));
}

function problemsOfMap(member: Schema, value: unknown, path: string): readonly string[] {
  if (!isObject(value)) return [`${path}: expected a map`];
  return Object.entries(value).flatMap(([key, one]) => problems(member, one, `${path}.${key}`));
}

function problemsOfStructure(
  [names, schemas, required = 0]: [string[], Schema[], number?],
  value: unknown,
  path: string,
): readonly string[] {
  if (!isObject(value)) return [`${path}: expected a structure`];
  const missing = names.slice(0, required).filter((name) => !(name in value));
  const members = Object.entries(value).flatMap(([name, one]) => {
    const schema = schemas[names.indexOf(name)];
    return schema === undefined ? [`${path}.${name}: no such member`] : problems(schema, one, `${path}.${name}`);
  });
  return [...missing.map((name) => `${path}.${name}: missing`), ...members];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
