import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A stand-in for ECR and Secrets Manager that accepts only requests with a valid signature. */
export interface SignedAws {
  readonly url: string;
  /** Text of each secret by its id. */
  readonly secrets: Map<string, string>;
  /** The endpoint of a job role's credentials, if there is one: its path, and the session token that it returns. */
  jobRole: { readonly path: string; readonly session: string } | undefined;
  /** Service, target and body of each accepted request. */
  accepted(): readonly string[];
  /** Session tokens of the accepted requests. */
  sessions(): readonly string[];
  stop(): Promise<void>;
}

interface Keys {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

export async function startSignedAws(keys: Keys): Promise<SignedAws> {
  const accepted: string[] = [];
  const sessions: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { status, answer } = respond(request, body);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    });
  });

  function respond(request: IncomingMessage, body: string): { status: number; answer: object } {
    if (aws.jobRole !== undefined && request.url === aws.jobRole.path) {
      const { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey } = keys;
      const credentials = { RoleArn: 'arn', AccessKeyId, SecretAccessKey, Token: aws.jobRole.session };
      return { status: 200, answer: { ...credentials, Expiration: '2030-01-01T00:00:00Z' } };
    }
    const service = signedService(request, body, keys);
    if (service === undefined) return { status: 403, answer: { __type: 'InvalidSignatureException' } };
    const target = String(request.headers['x-amz-target']);
    accepted.push(`${service} ${target} ${body}`);
    const session = request.headers['x-amz-security-token'];
    if (session !== undefined) sessions.push(String(session));
    if (service === 'ecr') {
      const authorizationToken = Buffer.from('AWS:password of ECR').toString('base64');
      return { status: 200, answer: { authorizationData: [{ authorizationToken, expiresAt: 1.5e9 }] } };
    }
    const { SecretId } = JSON.parse(body) as { SecretId: string };
    const SecretString = aws.secrets.get(SecretId);
    return SecretString === undefined
      ? { status: 400, answer: { __type: 'ResourceNotFoundException', message: 'not found' } }
      : { status: 200, answer: { ARN: 'arn', Name: SecretId, SecretString, VersionStages: ['AWSCURRENT'] } };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const aws: SignedAws = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    secrets: new Map(),
    jobRole: undefined,
    accepted: () => accepted,
    sessions: () => sessions,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return aws;
}

/**
 * The service that a request is signed for; undefined where the signature is wrong or leaves out a header of AWS.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function signedService({ method, url, headers }: IncomingMessage, body: string, keys: Keys): string | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/((\d{8})\/([^/]+)\/([^/]+)\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, id, scope = '', date = '', region = '', service = '', names = '', signature] =
    form.exec(headers.authorization ?? '') ?? [];
  const signed = names.split(';');
  const required = Object.keys(headers).filter((name) => /^(host|content-type|x-amz-.*)$/.test(name));
  if (id !== keys.AWS_ACCESS_KEY_ID || !required.every((name) => signed.includes(name))) return undefined;
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const canonical = [method, url, '', lines, names, sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    hmac,
    `AWS4${keys.AWS_SECRET_ACCESS_KEY}`,
  );
  return hmac(key, text).toString('hex') === signature ? service : undefined;
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

function hmac(key: Buffer | string, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest();
}
