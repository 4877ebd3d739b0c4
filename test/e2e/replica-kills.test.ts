import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { seededRandom } from '../../lab/batch-stand-in/faults.ts';
import type { RecordedEvent } from '../../src/domain/build-event.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { duplicatesOf, expectBuild } from '../helpers/replicas/expect-build.ts';
import { expectEvents, expectFollowed } from '../helpers/replicas/follow-build.ts';
import { openReplicaWorld, type ReplicaWorld } from '../helpers/replicas/replica-world.ts';
import { conductOf, endOf, soakBuilds } from '../helpers/replicas/soak-builds.ts';
import { SoakClients } from '../helpers/replicas/soak-clients.ts';
import { Tormentor } from '../helpers/replicas/tormentor.ts';

const kills = Number(process.env['TWINHULL_SOAK_KILLS'] ?? 20);
const seed = Number(process.env['TWINHULL_SOAK_SEED'] ?? Date.now() % 2 ** 31);
const builds = soakBuilds(50, seededRandom(seed));

/** The last build is submitted after this share of the kills. */
const share = 0.7;

/** In milliseconds, for everything that has to wait for the kills, on a machine that is busy with others. */
const patience = 300_000 + kills * 30_000;

describe('two replicas of the service on one PostgreSQL', () => {
  let world: ReplicaWorld;
  beforeAll(async () => {
    world = await openReplicaWorld({
      settings: { TWINHULL_LEASE_SECONDS: '3' },
      conduct: (registry) => conductOf(builds, registry, seededRandom(seed + 1)),
    });
  });
  afterAll(() => world.dispose());

  const title = `end ${builds.length} builds right, and lose nothing, through ${kills} kills (seed ${seed})`;
  it(title, { timeout: 2 * patience }, async () => {
    onTestFailed(() => keepLogs(world));
    const { replicas, leases } = world;
    const random = seededRandom(seed + 2);
    const tormentor = new Tormentor({ replicas, leases, random });
    const clients = new SoakClients({ replicas, tormentor, random });
    const following = clients.follow(builds.length, patience);
    const using = builds.map(async (soak, index) => {
      const due = Math.floor((index * kills * share) / builds.length);
      await pollUntil(`kill ${due}`, () => tormentor.kills >= due, patience);
      return clients.use(soak, index);
    });
    const [ids] = await Promise.all([Promise.all(using), tormentor.torment(kills)]);
    const store = await world.store();
    await pollUntil('every build to end', async () => (await store.open()).length === 0, patience);

    for (const [index, soak] of builds.entries()) expect(await clients.submit(soak, index)).toBe(ids[index]);
    expect((await store.list({ limit: 1_000 })).map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const [index, soak] of builds.entries()) await expectBuild(world, ids[index] ?? '', soak);
    const published = builds.filter(({ fate }) => endOf[fate] === 'published');
    expect(await world.registry.published()).toEqual(published.flatMap(({ tags }) => tags).sort());

    for (const build of await following) await expectFollowed(world, build);
    const table = await allEvents(world);
    for (const stream of clients.everything) {
      await pollUntil('the last event', () => stream.events.length >= table.length, patience);
      stream.stop();
      expectEvents(stream, table);
    }
    expect(duplicatesOf(world).length, 'jobs too many').toBeLessThanOrEqual(tormentor.pauses);
    expect(leases.faults).toEqual([]);
    for (const { log } of replicas) expect(log).not.toMatch(/-- ended by (?!SIGKILL)/);
    report(world, tormentor, clients, table.length);
  });
});

async function allEvents(world: ReplicaWorld): Promise<readonly RecordedEvent[]> {
  const store = await world.store();
  const events: RecordedEvent[] = [];
  for (;;) {
    const page = await store.events({ after: events.at(-1)?.sequence ?? 0, limit: 1_000 });
    if (page.length === 0) return events;
    events.push(...page);
  }
}

function report(world: ReplicaWorld, tormentor: Tormentor, clients: SoakClients, events: number): void {
  const { leases, standIn } = world;
  const [connections, takeovers] = [
    clients.everything.map((stream) => stream.connections).join(' and '),
    tormentor.takeovers.map((milliseconds) => (milliseconds / 1000).toFixed(1)).join(', '),
  ];
  process.stderr.write(
    `${builds.length} builds, ${standIn.api.jobs.length} jobs, ${events} events; ${tormentor.kills} kills, ` +
      `${tormentor.pauses} overslept leases, ${leases.holder?.epoch ?? 0} epochs; ` +
      `${duplicatesOf(world).length} jobs too many, ${clients.resent} submits sent again, ` +
      `streams of ${connections} connections; taken over after ${takeovers} s\n`,
  );
}

/** Keeps the replicas' logs for the analysis of a failure. */
function keepLogs({ replicas }: ReplicaWorld): void {
  const folder = mkdtempSync(join(tmpdir(), 'twinhull-replica-kills-'));
  for (const [index, { log }] of replicas.entries()) writeFileSync(join(folder, `replica-${index + 1}.log`), log);
  process.stderr.write(`the replicas’ logs are in ${folder}\n`);
}
