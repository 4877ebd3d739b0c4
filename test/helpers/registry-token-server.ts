import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RegistryCredentials } from '../../src/ports/secret-source.ts';
import type { KeyPair } from './registry-certificates.ts';

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** Queries that were answered with a token, oldest first. */
  readonly granted: readonly URLSearchParams[];
  /** Actual and claimed lifetime of new tokens, in seconds; and the name of their field. */
  answerWith(shape: Partial<TokenShape>): void;
  mint(scope: string): string;
  stop(): Promise<void>;
}

interface TokenShape {
  readonly field: 'token' | 'access_token';
  readonly lifetime: number;
  /** The lifetime that the answer claims, if it differs. */
  readonly claimedLifetime: number;
}

const service = 'twinhull-test-registry';
const issuer = 'twinhull-test-issuer';

/**
 * A token service as https://distribution.github.io/distribution/spec/auth/token/ describes it: a client with the
 * password gets the requested token; no other client gets any.
 */
export async function startTokenServer(pair: KeyPair, credentials: RegistryCredentials): Promise<TokenServer> {
  const signer = await makeSigner(pair);
  const granted: URLSearchParams[] = [];
  const shape = {
    field: 'token' as TokenShape['field'],
    lifetime: 300,
    claimedLifetime: undefined as number | undefined,
  };
  const expected = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    if (request.headers.authorization !== expected) {
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end(JSON.stringify({ details: 'incorrect username or password' }));
      return;
    }
    granted.push(query);
    const token = signer(query.getAll('scope').join(' '), shape.lifetime);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ [shape.field]: token, expires_in: shape.claimedLifetime ?? shape.lifetime }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    service,
    issuer,
    granted,
    answerWith: (changed) => void Object.assign(shape, changed),
    mint: (scope) => signer(scope, 300),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Signs JWTs (RS256) with the certificate in their header, as docker-registry checks them. */
async function makeSigner({ key, certificate }: KeyPair): Promise<(scope: string, lifetime: number) => string> {
  const privateKey = createPrivateKey(await readFile(key));
  const x5c = [new X509Certificate(await readFile(certificate)).raw.toString('base64')];
  return (scope, lifetime) => {
    const now = Math.floor(Date.now() / 1000);
    const header = { typ: 'JWT', alg: 'RS256', x5c };
    const claims = {
      iss: issuer,
      sub: 'tester',
      aud: service,
      jti: randomUUID(),
      iat: now,
      nbf: now - 60,
      exp: now + lifetime,
    };
    const signed = [header, { ...claims, access: parseScope(scope) }].map(encode).join('.');
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
  };
}

function parseScope(scope: string): readonly object[] {
  return scope.split(' ').flatMap((part) => {
    const [type = '', name = '', actions = ''] = part.split(':');
    return part === '' ? [] : [{ type, name, actions: actions.split(',') }];
  });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
