import type { InjectOptions } from 'fastify';
import { onTestFinished } from 'vitest';
import { openSqliteStores } from '../../src/adapters/store/sqlite.ts';
import type { Stores } from '../../src/adapters/store/stores.ts';
import { refuseSecrets } from '../../src/domain/build-secrets.ts';
import { parseCommit } from '../../src/domain/commit.ts';
import { planBuild } from '../../src/domain/planner.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { TokenScope } from '../../src/ports/token-store.ts';
import { createApp } from '../../src/server/app.ts';
import { newToken } from '../../src/server/auth/token.ts';
import type { ServerOptions, ServerParts } from '../../src/server/parts.ts';
import type { App } from '../../src/server/routes/route.ts';
import { FakeRegistry } from './fake-registry.ts';

export const repository = 'https://git.example/acme/model.git';
export const destination = 'registry.example/acme/model';
export const commit = '3f2c1a9b7d5e4f60718293a4b5c6d7e8f9012345';

/** An API on a store in memory, a registry that does not exist, and no backend: for `inject`. */
export interface ApiBed {
  readonly app: App;
  readonly stores: Stores;
  readonly registry: FakeRegistry;
  readonly parts: ServerParts;
  /** Aborts the streams. */
  readonly stop: AbortController;
  /** How often the driver was woken. */
  readonly woken: () => number;
  /** Creates a token. @returns headers with it */
  readonly token: (scope: TokenScope, name?: string) => Promise<{ authorization: string }>;
  /** Headers with a token of scope `admin`. */
  readonly headers: { readonly authorization: string };
  /** Sends a request, with `headers` unless it has its own or the bed is anonymous. */
  readonly call: (request: InjectOptions) => Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly text: string;
  /** Undefined if the answer is not JSON. */
  readonly json: Record<string, unknown>;
}

export interface ApiBedOptions {
  readonly options?: Partial<ServerOptions>;
  readonly parts?: Partial<ServerParts>;
  /** Whether `call` sends no token by default. @default false */
  readonly anonymous?: boolean;
}

export async function apiBed({ options, parts: changed, anonymous = false }: ApiBedOptions = {}): Promise<ApiBed> {
  const stores = await openSqliteStores(':memory:');
  const registry = new FakeRegistry();
  const stop = new AbortController();
  let woken = 0;
  const parts: ServerParts = {
    store: stores.builds,
    tokens: stores.tokens,
    sessions: stores.sessions,
    signIns: stores.signIns,
    requests: stores.requests,
    backend: { check: async () => undefined },
    registryFor: () => registry,
    clock: systemClock,
    secretRules: new Map(),
    preparePlan: async ({ recipe, repository, reference, branch, destination, origin }) => {
      const plan = planBuild({
        origin,
        recipe,
        repository,
        commit: parseCommit(reference === 'main' ? commit : reference),
        branch,
        destination: { repository: destination, kind: 'oci', region: 'us-gov-west-1' },
      });
      refuseSecrets(plan, parts.secretRules);
      return plan;
    },
    wake: () => (woken += 1),
    options: {
      allowance: { repository, destination, repositories: [repository], destinations: [destination] },
      rateLimit: 1_000_000,
      version: '0.0.0',
      stopping: stop.signal,
      ...options,
    },
    ...changed,
  };
  const app = await createApp(parts);
  onTestFinished(async () => {
    stop.abort();
    await app.close();
    await stores.builds.close();
  });
  const token = async (scope: TokenScope, name: string = scope) => {
    const { token: text, stored } = newToken(name, scope, Date.now());
    await parts.tokens.create(stored);
    return { authorization: `Bearer ${text}` };
  };
  const headers = anonymous ? { authorization: '' } : await token('admin', 'tests');
  return {
    app,
    stores,
    registry,
    parts,
    stop,
    woken: () => woken,
    token,
    headers,
    call: async (request) => {
      const sent = anonymous ? request.headers : { ...headers, ...request.headers };
      const answer = await app.inject({ ...request, ...(sent && { headers: sent }) });
      const { statusCode, payload } = answer;
      const isJson = String(answer.headers['content-type']).includes('json');
      return {
        status: statusCode,
        headers: answer.headers,
        text: payload,
        json: isJson ? (JSON.parse(payload) as Answer['json']) : {},
      };
    },
  };
}

/** A recipe of one image, as in a request. */
export const inlineRecipe = { version: 1, name: 'one', images: { app: { dockerfile: {} } } };
