import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

/** A person at the provider. */
export interface Account {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly groups?: readonly string[];
}

export interface OpenIdBedOptions {
  readonly redirectUrls: readonly string[];
  readonly accounts: Readonly<Record<string, Account>>;
  /** Whether claims are in ID tokens, not at the userinfo endpoint alone. @default true */
  readonly inIdToken?: boolean;
}

/** A real OpenID provider on loopback: every browser is signed in as `account`, without a question. */
export interface OpenIdBed {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who signs in next. */
  account: string;
  /** Changes the claims of ID tokens, which are signed again. @default unchanged */
  alter: ((claims: Record<string, unknown>) => Record<string, unknown>) | undefined;
  /** Signs ID tokens with a key that the provider does not publish. */
  signFalsely: boolean;
  /** Ends every sign-in with this error. */
  refuse: string | undefined;
  /** Codes and tokens that the provider gave out. */
  readonly secrets: readonly string[];
  /** Whether the provider responds; no port is lost. */
  readonly setDown: (down: boolean) => void;
  readonly close: () => Promise<void>;
}

export async function openOpenIdBed({
  redirectUrls,
  accounts,
  inIdToken = true,
}: OpenIdBedOptions): Promise<OpenIdBed> {
  let isDown = false;
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => {
    if (isDown) request.socket.destroy();
    else handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const key = {
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
    kid: 'one',
  };
  const secrets: string[] = [];
  const bed: OpenIdBed = {
    issuer,
    clientId: 'twinhull',
    clientSecret: 'canary-client-secret-0123456789abcdef',
    account: Object.keys(accounts)[0] ?? '',
    alter: undefined,
    signFalsely: false,
    refuse: undefined,
    secrets,
    setDown: (down) => {
      isDown = down;
      if (down) server.closeAllConnections();
    },
    close: () => closed(server),
  };
  const provider = new Provider(issuer, configuration(bed, { redirectUrls, accounts, inIdToken }, key));
  provider.on('server_error', (_context, error) => process.stderr.write(`${String(error.stack)}\n`));
  provider.use(async (context, next) => {
    await next();
    const location = context.response.get('location');
    const code = /[?&]code=([^&]+)/.exec(location)?.[1];
    if (code !== undefined) secrets.push(code);
    const body = context.body as Record<string, unknown> | undefined;
    if (context.path !== '/token' || typeof body?.['id_token'] !== 'string') return;
    const altered = alteredToken(bed, body['id_token'], key);
    secrets.push(altered, String(body['access_token']));
    context.body = { ...body, id_token: altered };
  });
  const respond = provider.callback();
  handle = (request, response) => {
    if (request.url?.startsWith('/interaction/')) void interact(provider, bed, request, response);
    else void respond(request, response);
  };
  return bed;
}

function configuration(
  { clientId, clientSecret }: OpenIdBed,
  { redirectUrls, accounts, inIdToken }: Required<OpenIdBedOptions>,
  key: object,
): Configuration {
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [...redirectUrls],
        post_logout_redirect_uris: redirectUrls.map((url) => `${new URL(url).origin}/sign-in`),
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...key, use: 'sig', alg: 'RS256' }] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['groups'] },
    conformIdTokenClaims: !inIdToken,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['one'] },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...accounts[id] }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  };
}

async function interact(
  provider: Provider,
  { account, refuse }: OpenIdBed,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const result = refuse === undefined ? { login: { accountId: account, remember: false } } : { error: refuse };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** The claims as `alter` makes them, in a token with a valid signature unless `signFalsely`. */
function alteredToken({ alter, signFalsely }: OpenIdBed, token: string, key: object): string {
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const signing = signFalsely
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    : createPrivateKey({ key: key as never, format: 'jwk' });
  const parts = [{ alg: 'RS256', kid: 'one' }, alter === undefined ? claims : alter(claims)];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), signing).toString('base64url')}`;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/**
 * Visits the pages of the provider as a browser does, with its cookies, until it sends the browser elsewhere.
 *
 * @returns the address there
 */
export async function visit(start: string): Promise<string> {
  const { origin } = new URL(start);
  const cookies = new Map<string, string>();
  let address = start;
  for (let hops = 0; hops < 10; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`the provider shows a page: ${String(response.status)} ${await response.text()}`);
    address = new URL(location, address).href;
    if (new URL(address).origin !== origin) return address;
  }
  throw new Error(`the provider redirects without an end, at last to ${address}`);
}
