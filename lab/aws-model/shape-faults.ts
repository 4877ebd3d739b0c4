import { readFileSync } from 'node:fs';
import { type NormalizedSchema } from '@smithy/core/schema';
import { z } from 'zod';
import { documented, omitted } from './documented.ts';

const limits = z.strictObject({
  min: z.number().optional(),
  max: z.number().optional(),
  pattern: z.string().optional(),
  enum: z.array(z.string()).optional(),
});
type Limits = z.infer<typeof limits>;
const constraintsSchema = z.record(z.string(), z.record(z.string(), limits.extend({ item: limits.optional() })));

const constraints = constraintsSchema.parse(
  JSON.parse(readFileSync(new URL('constraints.json', import.meta.url), 'utf8')),
);

/** Faults below this value: shapes of the SDK are compared recursively. */
export function shapeFaults(schema: NormalizedSchema, value: unknown, where: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (schema.isStructSchema()) return structureFaults(schema, value, where);
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) return [`${where}: is no list`];
    return value.flatMap((item, index) => shapeFaults(schema.getValueSchema(), item, `${where}[${String(index)}]`));
  }
  if (schema.isMapSchema()) {
    if (!isObject(value)) return [`${where}: is no map`];
    return Object.entries(value).flatMap(([key, item]) =>
      shapeFaults(schema.getValueSchema(), item, `${where}.${key}`),
    );
  }
  return hasType(schema, value) ? [] : [`${where}: has the wrong type, ${typeof value}`];
}

function structureFaults(schema: NormalizedSchema, value: unknown, where: string): readonly string[] {
  if (!isObject(value)) return [`${where}: is no structure`];
  const members = new Map(schema.structIterator());
  // The SDK attaches its own metadata to an answer.
  const given = Object.entries(value).filter(([name, member]) => name !== '$metadata' && member !== undefined);
  const unknown = given.filter(([name]) => !members.has(name)).map(([name]) => `${where}.${name}: is unknown`);
  const missing = requiredMembers(schema)
    .filter((name) => !given.some(([key]) => key === name))
    .map((name) => `${where}.${name}: is required`);
  const own = constraintsOf(schema);
  const inner = given.flatMap(([name, member]) => {
    const memberSchema = members.get(name);
    if (memberSchema === undefined) return [];
    const place = `${where}.${name}`;
    return [...shapeFaults(memberSchema, member, place), ...limitFaults(own[name], member, place)];
  });
  return [...unknown, ...missing, ...inner];
}

/** The SDK lists required members first, and their number last: https://smithy.io, `StaticStructureSchema`. */
function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const [, , , , names, , count = 0] = schema.getSchema() as [
    number,
    string,
    string,
    unknown,
    string[],
    unknown,
    number?,
  ];
  const absent = omitted[keyOf(schema)] ?? [];
  return names.slice(0, count).filter((name) => !absent.includes(name));
}

function constraintsOf(schema: NormalizedSchema): Readonly<Record<string, Limits & { item?: Limits | undefined }>> {
  const key = keyOf(schema);
  return { ...constraints[key], ...(documented as Partial<Record<string, Record<string, Limits>>>)[key] };
}

/** The structure's name in constraints.json. */
function keyOf(schema: NormalizedSchema): string {
  const [namespace = '', name = ''] = (schema.getName(true) ?? '').split('#');
  const service = namespace.slice(namespace.lastIndexOf('.') + 1);
  return `${modelNames[service] ?? service}.${name}`;
}

/** Names of services in constraints.json, where they are not those of the SDK's schemas. */
const modelNames: Readonly<Record<string, string>> = { cloudwatchlogs: 'logs', servicequotas: 'service-quotas' };

function limitFaults(
  limit: (Limits & { item?: Limits | undefined }) | undefined,
  value: unknown,
  where: string,
): readonly string[] {
  if (limit === undefined) return [];
  const items = Array.isArray(value) ? value.flatMap((item) => limitFaults(limit.item, item, `${where}[]`)) : [];
  const { min = -Infinity, max = Infinity, pattern } = limit;
  const size = sizeOf(value);
  return [
    ...items,
    ...(size === undefined || (size >= min && size <= max)
      ? []
      : [`${where}: ${String(size)} is not ${String(min)} to ${String(max)}`]),
    ...(typeof value !== 'string' || pattern === undefined || new RegExp(`^(?:${pattern})$`).test(value)
      ? []
      : [`${where}: ${value} does not match ${pattern}`]),
    ...(typeof value !== 'string' || limit.enum === undefined || limit.enum.includes(value)
      ? []
      : [`${where}: ${value} is none of ${limit.enum.join(', ')}`]),
  ];
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isObject(value) && !(value instanceof Date) ? Object.keys(value).length : undefined;
}

function hasType(schema: NormalizedSchema, value: unknown): boolean {
  if (schema.isStringSchema()) return typeof value === 'string';
  if (schema.isBooleanSchema()) return typeof value === 'boolean';
  if (schema.isNumericSchema()) return typeof value === 'number';
  if (schema.isTimestampSchema()) return typeof value === 'number' || value instanceof Date;
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
