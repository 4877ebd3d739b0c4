import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, onTestFinished } from 'vitest';
import { Network } from '../../src/adapters/network/network.ts';
import { OpenIdProvider, type OpenIdProviderOptions } from '../../src/adapters/openid/openid-provider.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { serviceLogger } from '../../src/server/logger.ts';
import type { ServerOptions, ServerParts } from '../../src/server/parts.ts';
import { type Answer, type ApiBed, apiBed } from './api-bed.ts';
import { type OpenIdBed, type OpenIdBedOptions, openOpenIdBed, visit } from './openid-bed.ts';

const host = 'localhost:8080';
export const callback = '/v1/sign-in/openid/callback';

/** A browser's cookies of our service. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  readonly #bed: ApiBed;

  constructor(bed: ApiBed) {
    this.#bed = bed;
  }

  /** The value of the cookie whose name begins like this. */
  cookie(name: string): string | undefined {
    return this.#cookies.get(`twinhull-${name}-8080`);
  }

  plant(name: string, value: string): void {
    this.#cookies.set(`twinhull-${name}-8080`, value);
  }

  /** @param fromElsewhere whether another site sent the browser here: Strict cookies stay behind */
  async get(url: string, { fromElsewhere = false } = {}): Promise<Answer> {
    return this.#send({ method: 'GET', url }, fromElsewhere);
  }

  async send(method: 'POST' | 'DELETE', url: string, payload?: object): Promise<Answer> {
    return this.#send({ method, url, ...(payload && { payload }) }, false, { 'twinhull-request': '1' });
  }

  async #send(request: object, fromElsewhere: boolean, own: Record<string, string> = {}): Promise<Answer> {
    const sent = [...this.#cookies].filter(([name]) => !fromElsewhere || !name.startsWith('twinhull-session'));
    const cookie = sent.map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { host, ...own, ...(cookie !== '' && { cookie }) };
    const answer = await this.#bed.call({ ...request, headers });
    for (const set of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(String(set)) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}

export interface SignInBed extends ApiBed {
  readonly provider: OpenIdBed;
  readonly browser: () => Browser;
  /** What the service logged. */
  readonly log: () => string;
  /** Starts a sign-in. @returns the address at the provider */
  readonly start: (browser: Browser, returnTo?: string) => Promise<string>;
  /** Signs in at the provider. @returns path and query of the callback */
  readonly attest: (browser: Browser, returnTo?: string) => Promise<string>;
  /** The whole sign-in. @returns the answer to the callback */
  readonly signIn: (browser: Browser, returnTo?: string) => Promise<Answer>;
}

export interface SignInBedOptions {
  readonly provider?: Partial<OpenIdProviderOptions>;
  /** Of our service. @default 8080, where nothing listens */
  readonly port?: number;
  readonly options?: Partial<ServerOptions>;
  readonly parts?: Partial<ServerParts>;
}

/** A real OpenID provider for the tests of a file, which set it up for themselves. */
export function sharedProvider(options: Partial<OpenIdBedOptions> = {}): () => OpenIdBed {
  let bed: OpenIdBed;
  beforeAll(async () => {
    bed = await openOpenIdBed({
      redirectUrls: [`http://${host}${callback}`],
      accounts: {
        ada: { email: 'ada@example.org', email_verified: true, groups: ['engineers', 'everyone'] },
        bob: { email: 'bob@example.org', groups: ['readers'] },
      },
      ...options,
    });
  });
  afterEach(() => {
    Object.assign(bed, { account: 'ada', alter: undefined, signFalsely: false, refuse: undefined });
    bed.setDown(false);
  });
  afterAll(() => bed.close());
  return () => bed;
}

/** The service with a real OpenID provider. */
export async function signInBed(
  provider: OpenIdBed,
  { provider: changed, port = 8080, ...api }: SignInBedOptions = {},
): Promise<SignInBed> {
  const publicUrl = `http://localhost:${String(port)}`;
  const network = new Network({ environment: {}, insecureHosts: new Set() });
  const lines: string[] = [];
  const sink = new PassThrough();
  sink.on('data', (line: Buffer) => lines.push(line.toString()));
  const logger = serviceLogger(sink);
  logger.level = 'debug';
  onTestFinished(() => network.close());
  const bed = await apiBed({
    anonymous: true,
    ...api,
    options: { logger, publicUrl, ...api.options },
    parts: {
      openId: {
        publicUrl,
        groupScopes: new Map([
          ['engineers', 'build'],
          ['readers', 'read'],
          ['everyone', 'read'],
        ]),
        provider: new OpenIdProvider({
          issuer: provider.issuer,
          clientId: provider.clientId,
          readSecret: async () => provider.clientSecret,
          scopes: ['openid', 'email', 'profile'],
          groupsClaim: 'groups',
          redirectUrl: `${publicUrl}${callback}`,
          signedOutUrl: `${publicUrl}/sign-in`,
          network,
          clock: systemClock,
          ...changed,
        }),
      },
      ...api.parts,
    },
  });
  const start = async (browser: Browser, returnTo = '/'): Promise<string> => {
    const answer = await browser.get(`/v1/sign-in/openid?returnTo=${encodeURIComponent(returnTo)}`);
    if (answer.status !== 303) throw new Error(`the sign-in does not start: ${answer.text}`);
    return String(answer.headers['location']);
  };
  const attest = async (browser: Browser, returnTo?: string): Promise<string> => {
    const { pathname, search } = new URL(await visit(await start(browser, returnTo)));
    return pathname + search;
  };
  return {
    ...bed,
    provider,
    browser: () => new Browser(bed),
    log: () => lines.join(''),
    start,
    attest,
    signIn: async (browser, returnTo) => browser.get(await attest(browser, returnTo), { fromElsewhere: true }),
  };
}
