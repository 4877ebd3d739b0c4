import { openPostgresStore } from '../../src/adapters/store/postgres.ts';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { arm64, sampleBuild, samplePlan } from './sample-builds.ts';

/**
 * A separate process that writes to a store as fast as it can: `store-writer.ts FILE|URL BUILDS`. Prints the id of each
 * build once everything that it stored about it was acknowledged.
 */
const [file = '', builds = '0'] = process.argv.slice(2);
const store = await (file.startsWith('postgres:') ? openPostgresStore(file) : openSqliteStore(file));
for (let index = 0; index < Number(builds); index++) {
  const plan = samplePlan();
  const build = sampleBuild(plan, { createdAt: Date.now() });
  await store.create(build, plan, [
    { type: 'build.created', commit: build.commit, recipe: build.recipe, platforms: [] },
  ]);
  await store.appendLog(
    { log: { buildId: build.id, platform: arm64, attempt: 1 }, offset: 0, text: 'line\n', cursor: '1' },
    [],
    Date.now(),
  );
  await store.acquireLease(`writer ${String(process.pid)}`, Date.now(), 1);
  await store.append(build, [{ type: 'build.cancel-requested' }, { type: 'build.cancelled' }], Date.now());
  process.stdout.write(`${build.id}\n`);
}
await store.close();
