import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { certificateFiles } from '../../lab/git/certificate.ts';
import type { Lab } from '../../lab/lab.ts';

export interface LfsRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface LfsServer {
  /** `https://host:port` on the bridge. */
  readonly url: string;
  readonly requests: readonly LfsRequest[];
  close(): void;
}

export interface LfsServerOptions {
  readonly lab: Lab;
  readonly objects: readonly string[];
  /** Null for a server that needs no token. */
  readonly token: string | null;
  /** Where objects are downloaded from. @default this server */
  readonly downloads?: string;
  /** Where it redirects batch requests to. @default nowhere */
  readonly redirectTo?: string;
}

/**
 * The lab's git server with Git LFS: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md. Other requests go
 * to the lab's server.
 */
export async function startLfsServer(options: LfsServerOptions): Promise<LfsServer> {
  const { lab, token } = options;
  const { keyFile, certificateFile } = certificateFiles(dirname(lab.git.caFile));
  const ca = readFileSync(lab.git.caFile);
  const requests: LfsRequest[] = [];
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const tls = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
  const server = createServer(tls, (request, response) => {
    const { method = '', url: path = '', headers } = request;
    if (!/\/info\/lfs\/|^\/objects\//.test(path)) return forward(request, response, lab, ca);
    requests.push({ method, path, authorization: headers.authorization });
    if (token !== null && headers.authorization !== expected)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="lfs"' }).end();
    void answer(request, response, options, url);
  });
  await new Promise<void>((resolve) => server.listen(0, lab.bridgeAddress, resolve));
  const url = `https://${lab.bridgeAddress}:${(server.address() as AddressInfo).port}`;
  return { url, requests, close: () => server.close() };
}

export function pointerOf(content: string): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oidOf(content)}\nsize ${Buffer.byteLength(content)}\n`;
}

function oidOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

const json = { 'content-type': 'application/vnd.git-lfs+json' };

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { objects, downloads, redirectTo }: LfsServerOptions,
  own: string,
): Promise<void> {
  const path = request.url ?? '';
  const oid = /^\/objects\/([0-9a-f]{64})$/.exec(path)?.[1];
  if (oid !== undefined) {
    const content = objects.find((each) => oidOf(each) === oid);
    return void response.writeHead(content === undefined ? 404 : 200).end(content);
  }
  if (!path.endsWith('/objects/batch')) return void response.writeHead(404, json).end('{"message":"not here"}');
  if (redirectTo !== undefined) return void response.writeHead(307, { location: `${redirectTo}${path}` }).end();
  const asked = JSON.parse((await buffer(request)).toString()) as { objects: { oid: string; size: number }[] };
  const listed = asked.objects.map(({ oid: id, size }) =>
    objects.some((each) => oidOf(each) === id)
      ? { oid: id, size, actions: { download: { href: `${downloads ?? own}/objects/${id}` } } }
      : { oid: id, size, error: { code: 404, message: 'no such object' } },
  );
  response.writeHead(200, json).end(JSON.stringify({ transfer: 'basic', objects: listed }));
}

function forward(request: IncomingMessage, response: ServerResponse, lab: Lab, ca: Buffer): void {
  const { method, headers, url } = request;
  const onward = httpsRequest(`${lab.git.url}${url}`, { ca, method, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 500, answered.headers);
    answered.pipe(response);
  });
  onward.once('error', () => response.destroy());
  request.pipe(onward);
}
