import { createSecureContext, type SecureContext } from 'node:tls';
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { Environment } from './environment.ts';
import { proxyFor } from './proxy-choice.ts';
import { readCaFile, trustedRoots } from './trusted-roots.ts';

/** Proxies of the environment, trusted certificates, and timeouts in milliseconds. */
export interface NetworkOptions {
  readonly environment: Environment;
  readonly caFile?: string | undefined;
  /** Hosts (`host` or `host:port`) whose certificates are not checked. */
  readonly insecureHosts: ReadonlySet<string>;
  /** @default 20 s for headers, and for each piece of a body */
  readonly timeouts?: { readonly headers: number; readonly body: number };
}

/** Milliseconds. */
const connectTimeout = 10_000;
const usualTimeouts = { headers: 20_000, body: 20_000 };

/** Keeps connections open between requests: direct or through a proxy, with TLS verified or not. */
export class Network {
  readonly #options: NetworkOptions;
  readonly #privateCa: string | undefined;
  readonly #dispatchers = new Map<string, Dispatcher>();
  #secureContext: SecureContext | undefined;

  /** @throws SettingInvalid when the CA file cannot be used */
  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#privateCa = options.caFile === undefined ? undefined : readCaFile(options.caFile);
  }

  /** @throws SettingInvalid when the environment's proxy for `url` cannot be used */
  dispatcherFor(url: URL, unverified = false): Dispatcher {
    const proxy = proxyFor(url, this.#options.environment);
    const verified = !unverified && !this.isInsecure(url);
    const key = `${url.protocol} ${verified} ${proxy?.href}`;
    const existing = this.#dispatchers.get(key);
    if (existing !== undefined) return existing;
    const tls = url.protocol === 'https:' ? this.#tls(verified) : {};
    const created = proxy === undefined ? this.#direct(tls) : this.#through(proxy, tls);
    this.#dispatchers.set(key, created);
    return created;
  }

  isInsecure(url: URL): boolean {
    return this.#options.insecureHosts.has(url.host) || this.#options.insecureHosts.has(url.hostname);
  }

  async close(): Promise<void> {
    const dispatchers = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
  }

  get #timeouts() {
    const { headers, body } = this.#options.timeouts ?? usualTimeouts;
    return { headersTimeout: headers, bodyTimeout: body };
  }

  #direct(tls: TlsOptions): Dispatcher {
    return new Agent({ connect: { ...tls, timeout: connectTimeout }, ...this.#timeouts });
  }

  #through(proxy: URL, tls: TlsOptions): Dispatcher {
    const proxyTls = proxy.protocol === 'https:' ? this.#tls(true) : {};
    return new ProxyAgent({
      uri: proxy.origin,
      ...proxyToken(proxy),
      // Plain http is proxied without a tunnel, as in curl and docker: proxies seldom tunnel to port 80.
      proxyTunnel: false,
      requestTls: { ...tls, timeout: connectTimeout },
      proxyTls: { ...proxyTls, timeout: connectTimeout },
      clientFactory: (origin, options) => new Pool(origin, { ...options, ...this.#timeouts }),
      ...this.#timeouts,
    });
  }

  /** One context for all connections: reading some 140 roots takes 20 ms. */
  #tls(verified: boolean): TlsOptions {
    if (!verified) return { rejectUnauthorized: false };
    this.#secureContext ??= createSecureContext({ ca: trustedRoots(this.#options.environment, this.#privateCa) });
    return { secureContext: this.#secureContext };
  }
}

interface TlsOptions {
  readonly secureContext?: SecureContext;
  readonly rejectUnauthorized?: boolean;
}

function proxyToken({ username, password }: URL): { token?: string } {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { token: `Basic ${Buffer.from(pair).toString('base64')}` };
}
