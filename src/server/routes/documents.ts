import { docsPage } from '../schemas/docs-page.ts';
import type { OpenApiDocument } from '../schemas/openapi.ts';
import type { App } from './route.ts';

/**
 * The description of the API, for programs and for people.
 *
 * @param page whether to serve `/docs` as a page without script: where pages were built, theirs replaces it
 */
export function documentRoutes(app: App, document: () => OpenApiDocument, { page }: { readonly page: boolean }): void {
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(document()),
  );
  if (!page) return;
  app.get('/docs', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      .send(docsPage(document())),
  );
}
