import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil } from '../poll-until.ts';
import { inParallel } from '../published-once.ts';
import { type FollowedBuild, followBuild } from './follow-build.ts';
import { type FollowedStream, followStream } from './follow-stream.ts';
import type { Replica } from './replica.ts';
import { ReplicaClient } from './replica-client.ts';
import type { SoakBuild } from './soak-builds.ts';
import type { Tormentor } from './tormentor.ts';

/** Builds whose streams are read at the same time: each has three. */
const followedAtOnce = 4;

/** At most, in milliseconds: until a submit, from there to a cancel, and until a replica is killed during a request. */
const longestDelay = 2_000;
const longestCancel = 3_000;
const longestRequest = 60;

/** How many submits there are for each replica that is killed while it answers one. */
const submitsPerKill = 5;

export interface SoakClientsParts {
  readonly replicas: readonly Replica[];
  readonly tormentor: Tormentor;
  readonly random: () => number;
}

/** Concurrent clients of the service: they submit, cancel and follow, through any replica that answers. */
export class SoakClients {
  /** All events, by one client that begins at each replica. */
  readonly everything: readonly FollowedStream[];
  /** How many submits were repeated because an answer was lost. */
  resent = 0;
  readonly #parts: SoakClientsParts;
  readonly #submitted: { readonly id: string; readonly index: number }[] = [];

  constructor(parts: SoakClientsParts) {
    this.#parts = parts;
    const { replicas } = parts;
    this.everything = replicas.map((_, index) => followStream(new ReplicaClient(replicas, index), '/v1/events'));
  }

  /** Submits a build, and cancels it after a while if that is its fate. @returns its id */
  async use(soak: SoakBuild, index: number): Promise<string> {
    const { replicas, tormentor, random } = this.#parts;
    await sleep(random() * longestDelay);
    const asked = this.submit(soak, index);
    const victim = replicas[index % replicas.length];
    if (index % submitsPerKill === 1 && victim !== undefined) {
      await sleep(random() * longestRequest);
      await tormentor.kill(victim);
    }
    const id = await asked;
    this.#submitted.push({ id, index });
    if (soak.fate !== 'cancelled') return id;
    await sleep(random() * longestCancel);
    await this.#client(index).json(`/v1/builds/${id}/cancel`, { method: 'POST' });
    return id;
  }

  /** @param index of the first replica. @returns the id of the one build that this request ever gets */
  async submit({ idempotencyKey, body }: SoakBuild, index: number): Promise<string> {
    const headers = { 'idempotency-key': idempotencyKey };
    const { status, text, tries } = await this.#client(index).ask('/v1/builds', { method: 'POST', headers, body });
    if (status !== 200 && status !== 201) throw new Error(`a submit was answered ${status}: ${text}`);
    if (tries > 1) this.resent += 1;
    return (JSON.parse(text) as { build: { id: string } }).build.id;
  }

  /** Follows `count` builds as they are submitted, a few at a time, each to its end. */
  async follow(count: number, deadline: number): Promise<readonly FollowedBuild[]> {
    const followed: FollowedBuild[] = [];
    await inParallel(Array.from({ length: count }), followedAtOnce, async () => {
      const { id, index } = await pollUntil('a submit', () => this.#submitted.shift(), deadline);
      const build = followBuild(this.#client(index), id);
      followed.push(build);
      await build.events.over;
    });
    return followed;
  }

  #client(first: number): ReplicaClient {
    return new ReplicaClient(this.#parts.replicas, first);
  }
}
