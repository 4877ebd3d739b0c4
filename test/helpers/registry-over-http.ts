import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { FakeRegistry } from './fake-registry.ts';

/** A registry in memory, which the real client calls over HTTP. It supports only the calls that Twinhull makes. */
export class RegistryOverHttp {
  /** Of one repository. While it is `down`, connections break. */
  readonly registry: FakeRegistry;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.registry = new FakeRegistry({ repository: `127.0.0.1:${(server.address() as AddressInfo).port}/acme/model` });
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<RegistryOverHttp> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RegistryOverHttp(server);
  }

  /** `host:port/path` */
  get repository(): string {
    return this.registry.repository;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.registry.down) return void request.socket.destroy();
    const body = Buffer.concat(await request.toArray());
    const { method = 'GET', url = '', headers } = request;
    if (url === '/v2/') return void response.end();
    const [, kind, reference = ''] = /^\/v2\/acme\/model\/(manifests|blobs)\/([\w:.-]+)$/.exec(url) ?? [];
    try {
      if (kind === 'manifests' && method === 'PUT') {
        const mediaType = headers['content-type'] ?? '';
        await this.registry.putManifest(reference, { mediaType, bytes: body });
        return void response.writeHead(201).end();
      }
      const found = kind === 'manifests' ? await this.registry.getManifest(reference) : this.#blob(kind, reference);
      if (found === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN');
      response.writeHead(200, { 'content-type': found.mediaType, 'docker-content-digest': found.digest });
      response.end(method === 'HEAD' ? undefined : found.bytes);
    } catch (error) {
      if (!TwinhullError.is(error)) throw error;
      refuse(response, 400, 'TAG_INVALID');
    }
  }

  #blob(kind: string | undefined, digest: string) {
    const bytes = kind === 'blobs' ? this.registry.peekBlob(digest) : undefined;
    return bytes && { bytes, digest, mediaType: 'application/octet-stream' };
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code }] }));
}
