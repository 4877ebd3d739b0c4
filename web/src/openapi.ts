/** The parts of an OpenAPI 3.1 document that the reference shows: https://spec.openapis.org/oas/v3.1.1.html */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

export interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** An operation with its address: `get` and `/v1/builds/{id}`. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** By tag, in the order of the document. */
export function routesByTag({ paths }: ApiDocument): ReadonlyMap<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other';
      groups.set(tag, [...(groups.get(tag) ?? []), { method, path, operation }]);
    }
  return groups;
}

/** Anchor of a route: `get-v1-builds-id`. */
export function routeId({ method, path }: Route): string {
  return `${method}${path.replace(/[^0-9a-z]+/gi, '-')}`.replace(/-$/, '');
}

/** The scope of a token that an operation needs; undefined for a public one. */
export function scopeOf({ security = [] }: Operation): string | undefined {
  return security.flatMap((each) => Object.values(each).flat())[0];
}

/** A plain request with an answer that ends can be tried. */
export function canBeTried({ method, operation }: Route): boolean {
  const types = Object.keys(operation.responses?.['200']?.content ?? {});
  return method === 'get' && !(types.length === 1 && types[0] === 'text/event-stream');
}

export function resolved(schema: Schema, document: ApiDocument): Schema {
  const name = schemaName(schema);
  return name === undefined ? schema : { ...document.components?.schemas?.[name], ...schema };
}

export function schemaName({ $ref }: Schema): string | undefined {
  return $ref?.split('/').pop();
}

/** What a value is, in a few words: `string or null`, `array of Build`. */
export function typeText(schema: Schema): string {
  const name = schemaName(schema);
  if (name !== undefined) return name;
  const { type, enum: values, const: constant, items, anyOf, oneOf } = schema;
  if (constant !== undefined) return JSON.stringify(constant);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(', ');
  const options = anyOf ?? oneOf;
  if (options !== undefined) return [...new Set(options.map(typeText))].join(' or ');
  if (type === 'array') return `array of ${items === undefined ? 'any' : typeText(items)}`;
  return typeof type === 'string' ? type : (type?.join(' or ') ?? 'any');
}

/** The address of a request: parameters of the path filled in, given ones of the query appended. */
export function requestPath({ path, operation }: Route, given: Readonly<Record<string, string>>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(given[name] ?? ''));
  const query = new URLSearchParams();
  for (const { name, in: place } of operation.parameters ?? []) {
    const value = given[name] ?? '';
    if (place === 'query' && value !== '') query.append(name, value);
  }
  const text = query.toString();
  return text === '' ? filled : `${filled}?${text}`;
}
