import { hostLost } from '../../../lab/batch-stand-in/run.ts';
import type { Conduct, SubmittedJob } from '../../../lab/batch-stand-in/stand-in-options.ts';
import type { BuildState } from '../../../src/domain/build.ts';
import { buildFailed } from '../batch-conduct.ts';
import type { RegistryServer } from '../registry-server.ts';
import { pushingRun } from './pushing-run.ts';

/**
 * What happens to a build's jobs: both succeed, arm64 fails by its own fault, arm64's host is lost once or each time,
 * or both run until they are cancelled.
 */
export type Fate = 'well' | 'fails' | 'host-lost-once' | 'hosts-lost' | 'cancelled';

/** One of the builds that a soak submits. */
export interface SoakBuild {
  readonly commit: string;
  readonly fate: Fate;
  /** The body of its submit. */
  readonly body: object;
  readonly idempotencyKey: string;
  /** Tags that it publishes if it succeeds, sorted. */
  readonly tags: readonly string[];
}

export const endOf: Readonly<Record<Fate, BuildState>> = {
  well: 'published',
  'host-lost-once': 'published',
  fails: 'failed',
  'hosts-lost': 'failed',
  cancelled: 'cancelled',
};

/** In every twenty builds: two that fail, two that lose a host and one that loses all, one that is cancelled. */
const fates: readonly Fate[] = Array.from({ length: 20 }, (_, index) => {
  if (index % 10 === 3) return 'fails';
  if (index % 10 === 6) return 'host-lost-once';
  if (index === 9) return 'hosts-lost';
  return index === 15 ? 'cancelled' : 'well';
});

const app = { dockerfile: { path: 'Dockerfile' }, tags: ['{commit}'] };
const tools = {
  from: 'app',
  platforms: ['linux/amd64'],
  dockerfile: { path: 'tools/Dockerfile' },
  tags: ['{commit}-tools'],
};

/** Different commits; every third has a second image, for amd64 alone. */
export function soakBuilds(count: number, random: () => number): readonly SoakBuild[] {
  return Array.from({ length: count }, (_, index) => {
    const commit = Array.from({ length: 40 }, () => Math.floor(random() * 16).toString(16)).join('');
    const hasTools = index % 3 === 0;
    return {
      commit,
      fate: fates[index % fates.length] ?? 'well',
      body: { commit, recipe: { version: 1, name: 'soak', images: { app, ...(hasTools && { tools }) } } },
      idempotencyKey: `soak-${index}`,
      tags: hasTools ? [commit, `${commit}-tools`] : [commit],
    };
  });
}

/** Until it is ended, in milliseconds. */
const long = 3_600_000;

/** How the stand-in's jobs of these builds run: according to their fates, each for a random time. */
export function conductOf(
  builds: readonly SoakBuild[],
  registry: RegistryServer,
  random: () => number,
): (job: SubmittedJob) => Conduct {
  const fateOf = new Map(builds.map(({ commit, fate }) => [commit, fate]));
  return ({ environment }) => {
    const fate = fateOf.get(environment['TWINHULL_COMMIT'] ?? '') ?? 'well';
    const isArm64 = environment['TWINHULL_PLATFORM'] === 'linux/arm64';
    const lines = 5 + Math.floor(random() * 60);
    const well = { milliseconds: 300 + random() * 5_000, lines };
    const goesOn = pushingRun(registry, { milliseconds: long, lines: long / 500 });
    const runs = {
      well: [pushingRun(registry, well)],
      fails: [isArm64 ? pushingRun(registry, { ...well, end: buildFailed }) : goesOn],
      'host-lost-once': isArm64
        ? [pushingRun(registry, { ...well, end: hostLost }), pushingRun(registry, well)]
        : [pushingRun(registry, well)],
      'hosts-lost': [isArm64 ? pushingRun(registry, { ...well, end: hostLost }) : goesOn],
      cancelled: [goesOn],
    }[fate];
    return { submittedMilliseconds: 50, runnableMilliseconds: random() * 1_000, startingMilliseconds: 100, runs };
  };
}
