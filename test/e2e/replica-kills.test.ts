import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../lab/batch-stand-in/faults.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { inParallel } from '../helpers/published-once.ts';
import { duplicatesOf, expectBuild } from '../helpers/replicas/expect-build.ts';
import { expectEvents, expectFollowed, type FollowedBuild, followBuild } from '../helpers/replicas/follow-build.ts';
import { followStream } from '../helpers/replicas/follow-stream.ts';
import { ReplicaClient } from '../helpers/replicas/replica-client.ts';
import { openReplicaWorld, type ReplicaWorld } from '../helpers/replicas/replica-world.ts';
import { conductOf, type SoakBuild, soakBuilds } from '../helpers/replicas/soak-builds.ts';
import { Tormentor } from '../helpers/replicas/tormentor.ts';

const kills = Number(process.env['TWINHULL_SOAK_KILLS'] ?? 20);
const seed = Number(process.env['TWINHULL_SOAK_SEED'] ?? Date.now() % 2 ** 31);
const builds = soakBuilds(50, seededRandom(seed));

/** The last build is submitted when so many of the kills are done. */
const share = 0.7;

/** Builds whose streams are read at the same time: each has three. */
const followedAtOnce = 4;

/** How long after its submit a build is cancelled, at most; how soon after a request a replica is killed. In milliseconds. */
const longestDelay = 2_000;
const longestCancel = 3_000;
const longestRequest = 60;

describe('two replicas of the service on one PostgreSQL', () => {
  let world: ReplicaWorld;
  beforeAll(async () => {
    world = await openReplicaWorld({
      settings: { TWINHULL_LEASE_SECONDS: '3' },
      conduct: (registry) => conductOf(builds, registry, seededRandom(seed + 1)),
    });
  });
  afterAll(async () => {
    const { writeFileSync } = await import('node:fs');
    world.replicas.forEach((r, i) => writeFileSync(`/tmp/soak-replica-${i}.log`, r.log));
    const store = await world.store();
    writeFileSync(
      '/tmp/soak-events.json',
      JSON.stringify({ leases: world.leases.holders, events: await store.events({ after: 0, limit: 100000 }) }),
    );
    await world.dispose();
  });

  it(`end ${builds.length} builds right, and lose nothing, through ${kills} kills (seed ${seed})`, {
    timeout: 240_000 + kills * 15_000,
  }, async () => {
    const { replicas, leases, standIn } = world;
    const random = seededRandom(seed + 2);
    const tormentor = new Tormentor({ replicas, leases, random });
    const everything = replicas.map((_, index) => followStream(new ReplicaClient(replicas, index), '/v1/events'));
    const submitted: { readonly id: string; readonly index: number }[] = [];
    const followed: FollowedBuild[] = [];
    let resent = 0;

    const submit = async (soak: SoakBuild, index: number): Promise<string> => {
      const client = new ReplicaClient(replicas, index);
      const request = { method: 'POST', headers: { 'idempotency-key': soak.idempotencyKey }, body: soak.body } as const;
      const asked = client.ask('/v1/builds', request);
      const victim = replicas[index % replicas.length];
      if (index % 5 === 1 && victim !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, random() * longestRequest));
        await tormentor.kill(victim);
      }
      const { status, text, tries } = await asked;
      expect([200, 201], text).toContain(status);
      if (tries > 1) resent += 1;
      return (JSON.parse(text) as { build: { id: string } }).build.id;
    };

    const live = async (soak: SoakBuild, index: number): Promise<string> => {
      await pollUntil(
        `kill ${Math.floor((index * kills * share) / builds.length)}`,
        () => tormentor.kills >= Math.floor((index * kills * share) / builds.length),
        kills * 15_000,
      );
      await new Promise((resolve) => setTimeout(resolve, random() * longestDelay));
      const id = await submit(soak, index);
      submitted.push({ id, index });
      if (soak.fate !== 'cancelled') return id;
      await new Promise((resolve) => setTimeout(resolve, random() * longestCancel));
      await new ReplicaClient(replicas, index).json(`/v1/builds/${id}/cancel`, { method: 'POST' });
      return id;
    };

    /** A few at a time, each to its end. */
    const following = inParallel(builds, followedAtOnce, async () => {
      const { id, index } = await pollUntil('a submit', () => submitted.shift(), kills * 15_000);
      const build = followBuild(new ReplicaClient(replicas, index), id);
      followed.push(build);
      await build.events.over;
    });

    const began = Date.now();
    const tell = (what: string): void =>
      void process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1)} s: ${what}\n`);
    const [ids] = await Promise.all([Promise.all(builds.map(live)), tormentor.torment(kills)]);
    tell('killed');
    const store = await world.store();
    await pollUntil('every build to end', async () => (await store.open()).length === 0, 180_000);
    tell('ended');

    for (const [index, soak] of builds.entries()) {
      expect(await submit(soak, index * 5), 'the same key again').toBe(ids[index]);
    }
    expect((await store.list({ limit: 1_000 })).map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const [index, soak] of builds.entries()) await expectBuild(world, ids[index] ?? '', soak);
    const published = builds.filter(({ fate }) => fate === 'well' || fate === 'host-lost-once');
    expect(await world.registry.published()).toEqual(published.flatMap(({ tags }) => tags).sort());

    await following;
    for (const build of followed) await expectFollowed(world, build);
    const table = await allEvents(world);
    for (const stream of everything) {
      await pollUntil('the last event', () => stream.events.length >= table.length, 60_000);
      stream.stop();
      expectEvents(stream, table);
    }
    tell('checked');
    const duplicates = duplicatesOf(world);
    expect(duplicates.length, 'jobs too many').toBeLessThanOrEqual(tormentor.pauses);
    expect(leases.faults).toEqual([]);
    for (const { log } of replicas) expect(log).not.toMatch(/-- ended by (?!SIGKILL)/);

    const connections = everything.map((stream) => stream.connections).join(' and ');
    const { takeovers } = tormentor;
    process.stderr.write(
      `${builds.length} builds, ${standIn.api.jobs.length} jobs, ${table.length} events, ${tormentor.kills} kills, ` +
        `${tormentor.pauses} overslept leases, ${leases.holder?.epoch ?? 0} epochs, ${duplicates.length} jobs too many, ` +
        `${resent} submits sent again, streams of ${connections} connections, takeovers in ${takeovers.join(', ')} ms\n`,
    );
  });
});

async function allEvents(world: ReplicaWorld) {
  const store = await world.store();
  const events = [];
  for (;;) {
    const page = await store.events({ after: events.at(-1)?.sequence ?? 0, limit: 1_000 });
    if (page.length === 0) return events;
    events.push(...page);
  }
}
