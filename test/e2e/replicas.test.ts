import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { password } from '../helpers/postgres-server.ts';
import { Replica } from '../helpers/replicas/replica.ts';
import { ReplicaClient } from '../helpers/replicas/replica-client.ts';
import { openReplicaWorld, type ReplicaWorldOptions, untilReady } from '../helpers/replicas/replica-world.ts';
import { conductOf, soakBuilds } from '../helpers/replicas/soak-builds.ts';

async function freshWorld(options: ReplicaWorldOptions) {
  const world = await openReplicaWorld(options);
  onTestFinished(() => world.dispose());
  return world;
}

it('create the tables of an empty database concurrently, and one of them drives', async () => {
  const { replicas, leases } = await freshWorld({ replicas: 4 });
  for (const replica of replicas) replica.start();
  await untilReady(replicas);
  await pollUntil('a holder of the lease', () => leases.holder);
  expect(replicas.map(({ pid }) => pid)).toContain(leases.pid);
  expect(leases.holder?.epoch).toBe(1);
  for (const { log } of replicas) expect(log).not.toContain('-- ended');
});

it('take over the builds of a driver that died', async () => {
  const [soak] = soakBuilds(1, Math.random);
  if (soak === undefined) throw new Error('there is no build');
  const world = await freshWorld({
    settings: { TWINHULL_LEASE_SECONDS: '2' },
    conduct: (registry) => conductOf([soak], registry, Math.random),
  });
  const { replicas, leases, standIn } = world;
  for (const replica of replicas) replica.start();
  await untilReady(replicas);
  const { build } = await new ReplicaClient(replicas).json<{ build: { id: string } }>('/v1/builds', {
    method: 'POST',
    body: soak.body,
  });
  const driver = await pollUntil('a driver', () => replicas.find(({ pid }) => pid === leases.pid));
  await pollUntil('both jobs to be sent', () => standIn.api.jobs.length === 2);

  const { epoch } = leases.holder ?? { epoch: 0 };
  await driver.kill();
  const successor = await pollUntil('a successor', () => leases.holders.find((holder) => holder.epoch > epoch));
  expect(successor.epoch).toBe(epoch + 1);
  expect(leases.pid).toBe(replicas.find((replica) => replica !== driver)?.pid);
  const store = await world.store();
  await pollUntil('the build to end', async () => (await store.load(build.id))?.finishedAt !== undefined);
  expect((await store.load(build.id))?.state).toBe('published');
  expect(standIn.api.jobs).toHaveLength(2);
  expect(await world.registry.published()).toEqual(soak.tags);
});

it('exit at once with the reason when their database does not respond at startup', async () => {
  const url = `postgres://tester:${password}@127.0.0.1:${await freePort()}/store`;
  const replica = await Replica.create({ DATABASE_URL: url, TWINHULL_SETTINGS_FILE: '/dev/null' });
  replica.start();
  expect(await replica.ended()).toBe(3);
  expect(replica.log).toMatch(
    /the build store at postgres:\/\/127\.0\.0\.1:\d+\/store cannot be opened: .*ECONNREFUSED/,
  );
  expect(replica.log).toContain('[StoreUnavailable]');
  expect(replica.log).not.toContain(password);
});
