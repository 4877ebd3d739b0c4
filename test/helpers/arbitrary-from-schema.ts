import fc from 'fast-check';

/** The part of JSON Schema that the API's description uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** Values outside every schema: hostile, wrong, or on a boundary. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e99',
    'NaN',
    '9007199254740993',
    '../../etc/passwd',
    "' or 1=1 --",
    '%00',
    '\0',
    '\ud800',
  ),
  fc.constantFrom(
    '{}',
    '[]',
    'null',
    '__proto__',
    'constructor',
    '$(id)',
    '`id`',
    '\r\nx: y',
    'main',
    'x'.repeat(2_000),
  ),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, {}, []),
);

/** Usually what a schema allows, sometimes not. */
export function nearly(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 4, arbitrary: allowedBy(schema) }, { weight: 1, arbitrary: anything });
}

function allowedBy(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(allowedBy));
  const { minimum = -(2 ** 31), maximum = 2 ** 31, minLength = 0, maxLength = 100 } = schema;
  switch (schema.type) {
    case 'string':
      return schema.pattern === undefined
        ? fc.string({ minLength, maxLength: Math.min(maxLength, 100) })
        : fc.stringMatching(new RegExp(schema.pattern));
    case 'integer':
      return fc.oneof(
        fc.maxSafeInteger().map((n) => Math.min(maximum, Math.max(minimum, n))),
        fc.constantFrom(minimum, maximum),
      );
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(nearly(schema.items ?? {}), { maxLength: 6 });
    case 'object':
      return schema.properties === undefined
        ? fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue())
        : record(schema.properties);
    default:
      return fc.jsonValue();
  }
}

function record(properties: Readonly<Record<string, JsonSchema>>): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, nearly(field)]));
  return fc.oneof(
    { weight: 9, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.record({ ...fields, unknown: anything }) },
  );
}
