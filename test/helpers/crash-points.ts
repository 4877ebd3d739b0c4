import type { BuildStore } from '../../src/ports/build-store.ts';
import type { JobBackend } from '../../src/ports/job-backend.ts';
import type { Registry } from '../../src/ports/registry.ts';

const platforms = ['linux/arm64', 'linux/amd64'] as const;
const moments = ['before', 'after'] as const;

/**
 * The changing calls of a successful build, in four stretches of its path: each call of a stretch comes after every
 * call of earlier stretches that concerns the same platform or the whole build. So a build that was killed at a point
 * of one stretch always still has the points of later stretches ahead, and one build proves several.
 */
const stretches = [
  {
    build: ['store.create', 'store.acquireLease'],
    job: ['store.append job.intended', 'backend.submit', 'store.append job.queued'],
  },
  {
    build: [],
    // A log is stored chunk by chunk, and all chunks alike: the next process continues from the cursor stored with the
    // last one. Three chunks are points: the first, one in the middle, and the last.
    job: [
      'store.append job.started',
      'store.appendLog {platform} tools begin',
      'store.appendLog {platform} build begin',
      'store.appendLog {platform} cleanup end',
      'store.append job.ended',
    ],
  },
  { build: [], job: ['store.append job.succeeded', 'backend.release', 'store.append job.released'] },
  {
    build: [
      'store.append publish.started',
      'registry.putManifest by digest',
      'store.recordTags',
      'store.append publish.planned',
      'registry.putManifest by tag',
      'store.append publish.tag-put',
      'store.append build.published',
      'store.releaseLease',
    ],
    job: [],
  },
] as const;

type Method<Name extends string, Port> = {
  [Key in keyof Port & string]: Port[Key] extends (...args: never) => unknown ? `${Name}.${Key}` : never;
}[keyof Port & string];

type PortMethod =
  | Method<'store', BuildStore>
  | Method<'backend', Required<JobBackend>>
  | Method<'registry', Required<Registry>>;

/**
 * The role of each method of a port in this test. A call that changes nothing is not a point: a kill before or after it
 * leaves the same state as a kill at the previous or next changing call.
 */
export const methodRoles: Readonly<Record<PortMethod, 'points' | 'changes nothing' | `not on this path: ${string}`>> = {
  'store.create': 'points',
  'store.append': 'points',
  'store.appendLog': 'points',
  'store.acquireLease': 'points',
  'store.releaseLease': 'points',
  'store.load': 'changes nothing',
  'store.loadPlan': 'changes nothing',
  'store.findByKey': 'changes nothing',
  'store.countByState': 'changes nothing',
  'store.list': 'changes nothing',
  'store.open': 'changes nothing',
  'store.queue': 'changes nothing',
  'store.pastRuns': 'not on this path: only plans ask',
  'store.trends': 'changes nothing',
  'store.events': 'changes nothing',
  'store.lastSequence': 'changes nothing',
  'store.tagRecord': 'changes nothing',
  'store.recordTags': 'points',
  'store.liveTagHolder': 'not on this path: only promote asks',
  'store.logPosition': 'changes nothing',
  'store.logLengths': 'changes nothing',
  'store.readLog': 'changes nothing',
  'store.leaseHolder': 'changes nothing',
  'store.scan': 'changes nothing',
  'store.deleteLogs': 'not on this path: only prune deletes',
  'store.deleteBuild': 'not on this path: only prune deletes',
  'store.close': 'changes nothing',
  'backend.check': 'changes nothing',
  'backend.readyToSubmit': 'changes nothing',
  'backend.submit': 'points',
  'backend.describe': 'changes nothing',
  'backend.findByName': 'changes nothing',
  'backend.terminate': 'not on this path: no job of a build that succeeds is stopped',
  'backend.readLog': 'changes nothing',
  'backend.release': 'points',
  'backend.watch': 'changes nothing',
  'registry.getManifest': 'changes nothing',
  'registry.resolve': 'changes nothing',
  'registry.getImageConfig': 'changes nothing',
  'registry.putManifest': 'points',
  'registry.isImmutable': 'changes nothing',
  'registry.listTags': 'changes nothing',
  'registry.check': 'changes nothing',
  'registry.checkDeletion': 'not on this path: only prune deletes',
  'registry.deleteTag': 'not on this path: only prune deletes',
  'registry.deleteManifest': 'not on this path: only prune deletes',
};

/** Changing calls that are not points, and why. */
const equivalents: readonly { readonly call: RegExp; readonly why: string }[] = [
  { call: /^store\.acquireLease again /, why: 'renews the expiry that the first one set' },
  { call: /^store\.appendLog (?:before|after)$/, why: 'every chunk; those with marks have names of their own' },
  { call: /^store\.appendLog \S+ \S+ (?:begin|end) /, why: 'chunks between those that are points' },
];

function named(calls: readonly string[], platform: string): readonly string[] {
  return calls.map((call) =>
    call.includes('{platform}') ? call.replace('{platform}', platform) : `${call} ${platform}`,
  );
}

function atEachMoment(calls: readonly string[]): readonly string[] {
  return calls.flatMap((call) => moments.map((moment) => `${call} ${moment}`));
}

export const crashPoints: readonly string[] = stretches.flatMap(({ build, job }) =>
  atEachMoment([...build, ...platforms.flatMap((platform) => named(job, platform))]),
);

/**
 * Points at which builds are killed, in order: each point is in at least one chain, and no chain has two of a stretch.
 */
export function crashChains(): readonly (readonly string[])[] {
  return platforms.flatMap((platform, lane) => {
    const points = stretches.map(({ build, job }) => [
      ...atEachMoment(build).filter((_, index) => index % platforms.length === lane),
      ...atEachMoment(named(job, platform)),
    ]);
    const length = Math.max(...points.map((each) => each.length));
    return Array.from({ length }, (_, chain) => points.flatMap((each) => each[chain] ?? []));
  });
}

/** Changing calls that a build passed although they are neither a point nor known to be equivalent to one. */
export function unforeseen(passed: Iterable<string>): readonly string[] {
  return [...passed].filter((point) => {
    const role = methodRoles[point.slice(0, point.indexOf(' ')) as PortMethod];
    if (role === 'changes nothing') return false;
    return !crashPoints.includes(point) && !equivalents.some(({ call }) => call.test(point));
  });
}
