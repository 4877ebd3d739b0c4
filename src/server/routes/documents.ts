import { docsPage } from '../schemas/docs-page.ts';
import type { OpenApiDocument } from '../schemas/openapi.ts';
import type { App } from './route.ts';

/** The description of the API, for programs and for people. */
export function documentRoutes(app: App, document: () => OpenApiDocument): void {
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(document()),
  );
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
