import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/** The parts of an OpenAPI 3.1 document that we use: https://spec.openapis.org/oas/v3.1.1.html */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

/** The parts in use of https://spec.openapis.org/oas/v3.1.0#operation-object */
export interface OpenApiOperation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: unknown;
  readonly responses?: Readonly<Record<string, unknown>>;
}

/** A parameter in the path, the query or a header. */
export interface OpenApiParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: unknown;
}

/** Generates the document from the routes registered after this call. */
export async function describeApi(
  app: FastifyInstance,
  { version, publicUrl }: { readonly version: string; readonly publicUrl?: string | undefined },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Twinhull',
        version,
        description:
          'Builds container images for two processor architectures from one git commit, and publishes them together or not at all.',
      },
      ...(publicUrl !== undefined && { servers: [{ url: publicUrl }] }),
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: (route) => {
      const described = jsonSchemaTransform(route);
      const access = route.route.config?.access;
      const isPublic = access === undefined || access === 'public';
      return isPublic ? described : { ...described, schema: { ...described.schema, security: [{ token: [access] }] } };
    },
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
}

/**
 * Each schema has an input and an output form; only those that a route references, directly or indirectly, are kept.
 */
function withoutUnused<D extends { readonly paths?: unknown; readonly components?: { readonly schemas?: object } }>(
  document: D,
): D {
  const schemas = new Map<string, unknown>(Object.entries(document.components?.schemas ?? {}));
  const used = new Set<string>();
  const mark = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      mark(schemas.get(name));
    }
  };
  mark(document.paths);
  const kept = Object.fromEntries([...schemas].filter(([name]) => used.has(name)));
  return { ...document, components: { ...document.components, schemas: kept } };
}
