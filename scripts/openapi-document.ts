import { openSqliteStores } from '../src/adapters/store/sqlite.ts';
import { version } from '../src/cli/version.ts';
import { systemClock } from '../src/ports/clock.ts';
import { createApp } from '../src/server/app.ts';

/** The API's description as the application serves it: schema/openapi.json. */
export async function openApiDocument(): Promise<unknown> {
  const { builds: store, tokens, sessions, signIns, requests } = await openSqliteStores(':memory:');
  const nothing = (): never => {
    throw new Error('no calls are made while the document is generated');
  };
  const app = await createApp({
    store,
    tokens,
    sessions,
    signIns,
    requests,
    backend: { check: nothing },
    registryFor: nothing,
    clock: systemClock,
    preparePlan: nothing,
    secretRules: new Map(),
    wake: nothing,
    options: {
      allowance: { repository: undefined, destination: undefined, repositories: [], destinations: [] },
      rateLimit: 1,
      version: version(),
      stopping: new AbortController().signal,
    },
  });
  try {
    return app.swagger();
  } finally {
    await app.close();
    await store.close();
  }
}
