import { pollUntil } from '../poll-until.ts';
import type { LeaseWatch } from './lease-watch.ts';
import type { Replica } from './replica.ts';

/** All in milliseconds. */
const longestLife = 4_000;
const longestDeath = 1_000;
const longestOversleep = 1_500;

/** For steps that may have to wait for a busy machine. */
const deadline = 300_000;

/** Share of kills that happen before the replica is ready to serve. */
const earlyDeaths = 0.2;

/** Share of paused holders that are killed before they wake. */
const deathsAsleep = 0.25;

/** How many kills there are for each time that the lease's holder sleeps for longer than its lease. */
const killsPerPause = 7;

export interface TormentorParts {
  readonly replicas: readonly Replica[];
  readonly leases: LeaseWatch;
  readonly random: () => number;
}

/** Kills replicas at random moments, restarts them after a while, and lets the lease's holder oversleep its lease. */
export class Tormentor {
  /** How many running processes were killed. */
  kills = 0;
  /** How often a holder slept until another had its lease. */
  pauses = 0;
  /** Time until another replica drove, after the holder died while the other was ready; in milliseconds. */
  readonly takeovers: number[] = [];
  readonly #parts: TormentorParts;
  /** Nothing is killed before this resolves. */
  #truce: Promise<void> = Promise.resolve();

  constructor(parts: TormentorParts) {
    this.#parts = parts;
  }

  /** Starts all replicas, and continues until `kills` were killed; then all are up again. */
  async torment(kills: number): Promise<void> {
    await Promise.all([...this.#parts.replicas.map((replica) => this.#haunt(replica, kills)), this.#oversleeps(kills)]);
  }

  /** Kills this replica, unless it is already dead; its own loop restarts it. */
  async kill(victim: Replica): Promise<void> {
    await this.#truce;
    const { replicas, leases } = this.#parts;
    const successor = replicas.find((replica) => replica !== victim);
    const isSuccessorReady = victim.pid === leases.pid && (await successor?.isReady());
    const before = { epoch: leases.holder?.epoch ?? 0, at: Date.now() };
    if (!(await victim.kill())) return;
    this.kills += 1;
    if (successor !== undefined && isSuccessorReady === true) void this.#timeTakeover(successor, before);
  }

  async #haunt(replica: Replica, kills: number): Promise<void> {
    const { random } = this.#parts;
    while (this.kills < kills) {
      replica.start();
      if (random() >= earlyDeaths) await untilReady(replica);
      await sleep(random() * longestLife);
      if (this.kills < kills) await this.kill(replica);
      await sleep(random() * longestDeath);
    }
    replica.start();
  }

  async #oversleeps(kills: number): Promise<void> {
    for (let next = killsPerPause; next < kills; next += killsPerPause) {
      await pollUntil(`kill ${next}`, () => this.kills >= next, killsPerPause * deadline);
      this.#truce = this.#oversleep();
      await this.#truce;
    }
  }

  /** The holder sleeps until another has taken its lease over, and a while longer; then it wakes, or dies. */
  async #oversleep(): Promise<void> {
    const { replicas, leases, random } = this.#parts;
    for (const replica of replicas) replica.start();
    await Promise.all(replicas.map(untilReady));
    const holder = await pollUntil(
      'a living holder of the lease',
      () => replicas.find(({ pid }) => pid !== undefined && pid === leases.pid),
      deadline,
    );
    const epoch = leases.holder?.epoch ?? 0;
    holder.pause();
    const isTaken = (): boolean => (leases.holder?.epoch ?? 0) > epoch;
    await pollUntil('another to take over', isTaken, deadline);
    this.pauses += 1;
    await sleep(random() * longestOversleep);
    if (random() >= deathsAsleep) return holder.resume();
    if (await holder.kill()) this.kills += 1;
  }

  /** Not recorded if the successor dies, too. */
  async #timeTakeover(successor: Replica, { epoch, at }: { epoch: number; at: number }): Promise<void> {
    const { leases } = this.#parts;
    const { pid } = successor;
    while (successor.pid === pid && !successor.isPaused) {
      const next = leases.holders.find((holder) => holder.epoch > epoch);
      if (next !== undefined) {
        this.takeovers.push(next.at - at);
        return;
      }
      await sleep(20);
    }
  }
}

/** Waits until it is ready or dead. */
async function untilReady(replica: Replica): Promise<void> {
  const isOver = async (): Promise<boolean> => replica.pid === undefined || (await replica.isReady());
  await pollUntil('a replica to be ready', isOver, deadline);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
