import type { Attempt, Build, BuiltImage, Job } from '../domain/build.ts';
import type { AttemptSummary, BuildSummary } from '../ports/build-store.ts';

/**
 * The part of a build that is shown to people and programs: the content of its JSON, so that it is the same whether it
 * was read from the store or from a service. Every `Build` is one.
 */
export type ShownBuild = Omit<BuildSummary, 'jobs'> &
  Pick<Build, 'updatedAt' | 'cancelRequestedAt' | 'failure' | 'tags'> & {
    readonly jobs: readonly ShownJob[];
    readonly images: readonly ShownImage[];
  };

/** The build's job for one platform; `failure` is that of the last attempt. */
export type ShownJob = Pick<Job, 'platform' | 'state' | 'failure'> & { readonly attempts: readonly ShownAttempt[] };

/** An attempt without what only the driver needs: its key, its lease and its deadlines. */
export type ShownAttempt = AttemptSummary &
  Pick<Attempt, 'state' | 'exitCode' | 'phases' | 'failure'> & {
    readonly stopping?: Pick<NonNullable<Attempt['stopping']>, 'why'>;
  };

/** A built image without what only the driver needs: its staging tag, removed after the build, and its content. */
export type ShownImage = Omit<BuiltImage, 'stagingTag' | 'content'>;
