import { randomBytes, randomInt } from 'node:crypto';
import type { Build } from '../../src/domain/build.ts';
import type { Plan, PlannedStep } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';

export const arm64: Platform = 'linux/arm64';
export const amd64: Platform = 'linux/amd64';

export interface SamplePlanOptions {
  readonly commit?: string;
  readonly repository?: string;
  /** Whether to put `latest`, too, as a moving tag. @default false */
  readonly latest?: boolean;
  readonly timeouts?: Plan['timeouts'];
}

/** The typical job in small: a task image for both platforms, and a submit image for amd64 alone. */
export function samplePlan(options: SamplePlanOptions = {}): Plan {
  const commit = options.commit ?? randomCommit();
  const task = step('task');
  const submit: PlannedStep = { ...step('submit'), from: { image: 'task', argument: 'BASE' } };
  return {
    version: 1,
    recipe: { name: 'sample', preset: { name: 'vecoli', version: 1 } },
    source: { repository: 'https://git.example/acme/model.git', commit, branch: 'main', submodules: false },
    destination: {
      repository: options.repository ?? 'registry.example/acme/model',
      kind: 'oci',
      region: 'us-gov-west-1',
    },
    jobs: [
      { platform: arm64, steps: [task] },
      { platform: amd64, steps: [task, submit] },
    ],
    tags: [
      { tag: commit, image: 'task', platforms: [arm64, amd64], kind: 'index', moving: false },
      { tag: `${commit}-submit`, image: 'submit', platforms: [amd64], kind: 'image', moving: false },
      ...(options.latest === true
        ? [{ tag: 'latest', image: 'task', platforms: [arm64, amd64], kind: 'index', moving: true } as const]
        : []),
    ],
    timeouts: options.timeouts ?? { waitSeconds: 3600, runSeconds: 7200 },
  };
}

function step(image: string): PlannedStep {
  const build = { kind: 'script', path: 'build.sh', arguments: ['{tag}'], environment: {} } as const;
  return { image, build, verify: [['true']] };
}

export function randomCommit(): string {
  return randomBytes(20).toString('hex');
}

const idSuffixes = 36 ** 4;
let nextIdSuffix = randomInt(idSuffixes);

/** Unlike `newBuildId`, never the same twice in a process: all sample builds are of one millisecond. */
function sampleBuildId(createdAt: number): string {
  nextIdSuffix = (nextIdSuffix + 1) % idSuffixes;
  return createdAt.toString(36).padStart(8, '0') + nextIdSuffix.toString(36).padStart(4, '0');
}

/** A build of the plan at its submit. */
export function sampleBuild(plan: Plan, change: Partial<Build> = {}): Build {
  const createdAt = change.createdAt ?? Date.UTC(2026, 0, 1);
  return {
    id: sampleBuildId(createdAt),
    key: randomBytes(32).toString('hex'),
    version: 1,
    state: 'building',
    recipe: plan.recipe.name,
    repository: plan.source.repository,
    commit: plan.source.commit,
    reference: 'main',
    destination: plan.destination.repository,
    force: false,
    timeouts: plan.timeouts,
    createdAt,
    updatedAt: createdAt,
    jobs: plan.jobs.map(({ platform }) => ({ platform, state: 'pending', attempts: [], firstAttempt: 1 })),
    images: [],
    tags: [],
    ...change,
  };
}
