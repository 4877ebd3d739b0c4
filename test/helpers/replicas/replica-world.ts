import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchStandIn } from '../../../lab/batch-stand-in/server.ts';
import type { StandInOptions } from '../../../lab/batch-stand-in/stand-in-options.ts';
import { openPostgresStore } from '../../../src/adapters/store/postgres.ts';
import type { BuildStore } from '../../../src/ports/build-store.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { batchQueues } from '../batch-bed.ts';
import { pollUntil } from '../poll-until.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RegistryServer, startRegistry } from '../registry-server.ts';
import { RegistryView } from '../registry-view.ts';
import { LeaseWatch } from './lease-watch.ts';
import { Replica } from './replica.ts';

const path = 'soak/app';

export interface ReplicaWorldOptions {
  /** @default 2 */
  readonly replicas?: number;
  /** In addition to the world's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How the stand-in's jobs run. @default there are none */
  readonly conduct?: (registry: RegistryServer) => StandInOptions['conduct'];
}

/** Replicas of the service on one PostgreSQL, a real registry, and the stand-in for AWS Batch. */
export interface ReplicaWorld {
  readonly replicas: readonly Replica[];
  readonly standIn: BatchStandIn;
  readonly registry: RegistryView;
  readonly postgres: PostgresServer;
  /** The test's own connection to the database that the replicas share. */
  readonly store: () => Promise<BuildStore>;
  readonly leases: LeaseWatch;
  dispose(): Promise<void>;
}

/** Starts no replica yet. The database is empty. */
export async function openReplicaWorld(options: ReplicaWorldOptions = {}): Promise<ReplicaWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-replicas-'));
  const [postgres, server] = await Promise.all([startPostgres(), startRegistry()]);
  const database = await postgres.createDatabase();
  const standIn = await BatchStandIn.start({
    clock: systemClock,
    queues: Object.values(batchQueues).map((name) => ({ name })),
    jobDefinitions: ['builder'],
    conduct: options.conduct?.(server) ?? (() => ({ runs: [] })),
  });
  const environment = {
    HOME: folder,
    DATABASE_URL: database,
    TWINHULL_SETTINGS_FILE: '/dev/null',
    TWINHULL_STATE_DIR: join(folder, 'state'),
    TWINHULL_BACKEND: 'aws',
    TWINHULL_REPOSITORY: 'https://git.example/acme/model.git',
    TWINHULL_DESTINATION: `${server.host}/${path}`,
    TWINHULL_RATE_LIMIT: '1000000',
    TWINHULL_INTERVAL_SECONDS: '0.3',
    TWINHULL_SETTLE_SECONDS: '2',
    BUILD_ARM64_QUEUE: batchQueues['linux/arm64'],
    BUILD_AMD64_QUEUE: batchQueues['linux/amd64'],
    BUILD_JOB_DEFINITION: 'builder',
    AWS_ENDPOINT_URL: standIn.url,
    AWS_ACCESS_KEY_ID: 'stand-in',
    AWS_SECRET_ACCESS_KEY: 'stand-in',
    ...options.settings,
  };
  const replicas = await Promise.all(Array.from({ length: options.replicas ?? 2 }, () => Replica.create(environment)));
  const leases = new LeaseWatch(database);
  let store: Promise<BuildStore> | undefined;
  return {
    replicas,
    standIn,
    postgres,
    leases,
    registry: new RegistryView(`http://${server.host}`, path),
    store: () => (store ??= openPostgresStore(database)),
    async dispose() {
      await Promise.all(replicas.map((replica) => replica.kill()));
      await leases.close();
      await (await store)?.close();
      await Promise.all([standIn.close(), server.stop(), postgres.dispose()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @throws with their logs when one does not become ready */
export async function untilReady(replicas: readonly Replica[]): Promise<void> {
  for (const replica of replicas) {
    await pollUntil('a replica to be ready', () => replica.isReady()).catch((error: unknown) => {
      throw new Error(`it logged:\n${replica.log}`, { cause: error });
    });
  }
}
