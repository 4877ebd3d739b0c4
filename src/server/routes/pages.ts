import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageFile, PageFiles } from '../pages/page-files.ts';
import { securityHeaders } from '../pages/security-headers.ts';
import type { App } from './route.ts';

/** The addresses of pages. One document serves them all, and its script shows the page. */
const addresses = ['/', '/new', '/trends', '/health', '/docs', '/sign-in', '/builds/:id', '/builds/:id/compare'];

/** A file with its content's hash in the name never changes. */
const forever = 'public, max-age=31536000, immutable';

/** The pages for people. They hold no data: their script gets it from the API. */
export function pageRoutes(app: App, files: PageFiles): void {
  const route = { config: { access: 'public' }, schema: { hide: true } } as const;
  for (const [path, file] of files) {
    if (path === '/index.html') continue;
    const caching = path.startsWith('/assets/') ? forever : 'no-cache';
    app.get(path, route, (request, reply) => send(request, reply, file, caching));
  }
  const document = files.get('/index.html');
  if (document === undefined) return;
  for (const address of addresses)
    app.get(address, route, (request, reply) => send(request, reply, document, 'no-cache'));
}

function send(request: FastifyRequest, reply: FastifyReply, file: PageFile, caching: string): FastifyReply {
  void reply.headers({ ...securityHeaders, 'cache-control': caching, etag: file.etag, vary: 'accept-encoding' });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  void reply.header('content-type', file.type);
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding']));
  return zipped ? reply.header('content-encoding', 'gzip').send(file.zipped) : reply.send(file.content);
}
