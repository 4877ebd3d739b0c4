import { onTestFinished } from 'vitest';
import type { Build } from '../../../src/domain/build.ts';
import type { BuildEvent } from '../../../src/domain/build-event.ts';
import { type ErrorCode } from '../../../src/domain/errors/catalogue.ts';
import { TwinhullError } from '../../../src/domain/errors/twinhull-error.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import type { BuildStore } from '../../../src/ports/build-store.ts';
import { sampleBuild, samplePlan } from '../../helpers/sample-builds.ts';

/** Opens a new, empty store, and more connections to the same one. */
export type OpenStore = () => Promise<StoreUnderTest>;

export interface StoreUnderTest {
  readonly store: BuildStore;
  /** Another connection, as another process would have. */
  readonly connect: () => Promise<BuildStore>;
  /** Closes every connection and removes what they stored. */
  readonly dispose: () => Promise<void>;
}

export async function freshStore(open: OpenStore): Promise<StoreUnderTest> {
  const opened = await open();
  onTestFinished(() => opened.dispose());
  return opened;
}

/** The time at which the builds of these tests begin. */
export const start = Date.UTC(2026, 0, 1);

export function created(build: Build): BuildEvent {
  return {
    type: 'build.created',
    commit: build.commit,
    recipe: build.recipe,
    platforms: build.jobs.map((job) => job.platform),
  };
}

export interface StoredBuild {
  readonly plan: Plan;
  readonly build: Build;
}

export async function createBuild(
  store: BuildStore,
  change: Partial<Build> = {},
  plan = samplePlan(),
): Promise<StoredBuild> {
  const build = sampleBuild(plan, { createdAt: start, ...change });
  await store.create(build, plan, [created(build)]);
  return { plan, build };
}

/** The error code with which `work` is refused. */
export async function refusal(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (TwinhullError.is(error)) return error.code;
    throw error;
  }
}

export const buildFailed: BuildEvent = {
  type: 'build.failed',
  failure: { code: 'JobFailed', message: 'a job failed', hint: 'mend it', infrastructure: false },
};
