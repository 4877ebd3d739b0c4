import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, type Dispatcher, request } from 'undici';
import type { RegistryCredentials } from '../../src/ports/secret-source.ts';
import { makeAuthority, makeServerCertificate } from './registry-certificates.ts';
import { startTokenServer, type TokenServer } from './registry-token-server.ts';

export const registryVariants = ['plain', 'basic', 'token', 'tls'] as const;
export type RegistryVariant = (typeof registryVariants)[number];

export interface RegistryServerOptions {
  /** @default plain: http, open to all */
  readonly variant?: RegistryVariant;
  /** Folder for the registry's storage, which is kept. @default a temporary one, which is removed */
  readonly storage?: string;
  /** Refuses pushes. */
  readonly readOnly?: boolean;
  /** Whether images can be deleted. @default true */
  readonly deletes?: boolean;
  /** @default a free one */
  readonly port?: number;
  /** Names in the certificate of the `tls` variant, in addition to localhost. */
  readonly names?: readonly string[];
}

export interface RegistryServer {
  /** `localhost:port` */
  readonly host: string;
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly storage: string;
  /** Set if the registry requires a login. */
  readonly credentials: RegistryCredentials | undefined;
  /** Set if the registry uses TLS. */
  readonly caFile: string | undefined;
  readonly tokens: TokenServer | undefined;
  /**
   * A request with all rights, for the setup of a test. `path` begins with `/v2/`, or is a whole URL of the registry.
   */
  request(method: Dispatcher.HttpMethod, path: string, options?: SceneRequest): Promise<Dispatcher.ResponseData>;
  stop(): Promise<void>;
}

export interface SceneRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** `twinhull` in bcrypt: docker-registry accepts nothing else, and this way no htpasswd program is needed. */
const htpasswd = 'tester:$2b$05$0pENrtcUvHt5jhoszM2dSO9Yps.nQDX8upRmEhkiRbxihvQU/XosO';
const credentials: RegistryCredentials = { username: 'tester', password: 'twinhull' };

/** Starts Debian's docker-registry on a free loopback port. */
export async function startRegistry(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const { variant = 'plain' } = options;
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-registry-'));
  const storage = options.storage ?? join(folder, 'storage');
  const security = await secure(variant, folder, options.names ?? []);
  const config = join(folder, 'config.yml');
  // JSON is YAML.
  await writeFile(config, JSON.stringify(configuration({ ...options, storage }, security)));
  const { child, port } = await serve(config);
  const host = `localhost:${port}`;
  const scheme = variant === 'tls' ? 'https' : 'http';
  const ca = security.caFile === undefined ? undefined : await readFile(security.caFile, 'utf8');
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });

  return {
    host,
    scheme,
    port,
    storage,
    credentials: security.credentials,
    caFile: security.caFile,
    tokens: security.tokens,
    request: (method, path, { headers = {}, body } = {}) => {
      const url = new URL(path, `${scheme}://${host}`);
      const authorization = authorize(security, url);
      return request(url, { dispatcher, method, headers: { ...headers, ...authorization }, body: body ?? null });
    },
    stop: async () => {
      await dispatcher.destroy();
      await stopProcess(child);
      await security.tokens?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Security {
  readonly auth?: object;
  readonly tls?: object;
  readonly caFile?: string;
  readonly credentials?: RegistryCredentials;
  readonly tokens?: TokenServer;
}

async function secure(variant: RegistryVariant, folder: string, names: readonly string[]): Promise<Security> {
  switch (variant) {
    case 'plain':
      return {};
    case 'basic': {
      const path = join(folder, 'htpasswd');
      await writeFile(path, `${htpasswd}\n`);
      return { auth: { htpasswd: { realm: 'Twinhull, "tests"', path } }, credentials };
    }
    case 'token': {
      const pair = await makeAuthority(folder, 'tokens');
      const tokens = await startTokenServer(pair, credentials);
      const { realm, service, issuer } = tokens;
      return { auth: { token: { realm, service, issuer, rootcertbundle: pair.certificate } }, credentials, tokens };
    }
    case 'tls': {
      const authority = await makeAuthority(folder, 'authority');
      const all = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1', ...names.map((name) => `DNS:${name}`)];
      const { key, certificate } = await makeServerCertificate(folder, authority, all);
      return { tls: { key, certificate }, caFile: authority.certificate };
    }
  }
}

function configuration(
  { storage, readOnly = false, deletes = true, port = 0 }: RegistryServerOptions,
  { auth, tls }: Security,
): object {
  return {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: deletes },
      maintenance: { readonly: { enabled: readOnly }, uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}`, secret: randomBytes(16).toString('hex'), ...(tls && { tls }) },
    ...(auth && { auth }),
  };
}

/** The registry chooses the port itself and logs it. */
async function serve(config: string): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn('docker-registry', ['serve', config], {
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.removeListener('exit', killWithUs));
  const started = once(child, 'spawn').catch((cause: unknown) => {
    throw new Error('docker-registry is missing: apt-get install docker-registry', { cause });
  });
  await started;
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stderr.resume();
    return { child, port: Number(port) };
  }
  throw new Error(`docker-registry did not start:\n${lines.join('\n')}`);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function authorize(security: Security, url: URL): Record<string, string> {
  if (security.tokens !== undefined) {
    const path = /^\/v2\/(.+?)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1] ?? '';
    return { authorization: `Bearer ${security.tokens.mint(`repository:${path}:pull,push,delete`)}` };
  }
  if (security.credentials === undefined) return {};
  const { username, password } = security.credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
