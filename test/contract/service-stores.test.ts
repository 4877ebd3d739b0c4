import { afterAll, beforeAll } from 'vitest';
import { openPostgresStores } from '../../src/adapters/store/postgres.ts';
import { openSqliteStores } from '../../src/adapters/store/sqlite.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { describeServiceStores } from './service-stores.contract.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

describeServiceStores('SQLite', () => openSqliteStores(':memory:'));
describeServiceStores('PostgreSQL', async () => openPostgresStores(await server.createDatabase()));
