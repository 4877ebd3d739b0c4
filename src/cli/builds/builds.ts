import type { ShownBuild } from '../../build-json/shown-build.ts';
import type { BuildEstimate } from '../../domain/build-estimate.ts';
import type { Plan } from '../../domain/plan.ts';
import type { IfBusy } from '../../domain/queue-policy.ts';
import type { FollowItem, FollowOptions } from '../../pipeline/follow.ts';
import type { PromoteRequest, Promotion } from '../../pipeline/promote.ts';
import type { BuildSummary, ListQuery, LogId } from '../../ports/build-store.ts';
import type { PlanOptions } from '../../wiring/find-source.ts';

/**
 * Operations on builds, local or at a service; their callers need not know which. `localBuilds` works on the store,
 * `remoteBuilds` calls a `twinhull serve`.
 */
export interface Builds {
  /** Prepares a plan, and runs nothing. */
  plan(wanted: PlanOptions): Promise<EstimatedPlan>;
  submit(wanted: PlanOptions, options: SubmitOptions): Promise<Submitted>;
  /** Includes the phases of attempts that still run. */
  load(id: string): Promise<ShownBuild | undefined>;
  /** Newest first. */
  list(query: Pick<ListQuery, 'limit' | 'states' | 'commit'>): Promise<readonly BuildSummary[]>;
  /** @throws BuildNotFound */
  follow(
    id: string,
    options?: Pick<FollowOptions, 'signal' | 'logs' | 'platform'>,
  ): AsyncGenerator<FollowItem, ShownBuild>;
  /** What is stored of an attempt's log, with the builder's marks; empty when there is no such attempt. */
  log(id: LogId): AsyncIterable<string>;
  /** @returns the build; one that publishes or has ended is unchanged. @throws BuildNotFound */
  cancel(id: string): Promise<ShownBuild>;
  /** @throws BuildNotFound, BuildNotRetryable, TagInUse */
  retry(id: string): Promise<ShownBuild>;
  promote(request: PromoteRequest): Promise<Promotion>;
  /** Drives a build while it is being watched. */
  attach(id: string): Attachment;
  /** Drives open builds after this process has ended. */
  goOnInBackground(): void;
  /** Cancels a build although this process cannot wait for it. */
  cancelInBackground(id: string): void;
  close(): Promise<void>;
}

/** A plan, and how long a build of it will take. */
export interface EstimatedPlan {
  readonly plan: Plan;
  /** Undefined where the store could not be read, or the service is of an earlier version. */
  readonly estimate: BuildEstimate | undefined;
}

/** What a submit adds to its plan. */
export interface SubmitOptions {
  readonly force: boolean;
  /** @default 'refuse' */
  readonly ifBusy?: IfBusy | undefined;
}

/** The build of a submit, new or existing. */
export interface Submitted {
  /** `joined`: the same build is running. `exists`: it was published, and all of it is still in the registry. */
  readonly outcome: 'created' | 'joined' | 'exists';
  readonly build: ShownBuild;
}

/** This process's part in a build that it watches: on Docker it drives the build, at a service it does not. */
export interface Attachment {
  /** Rejects when the build can no longer be driven; never resolves. */
  readonly trouble: Promise<never>;
  cancel(): Promise<void>;
  /** Call it when the build is no longer watched. */
  end(): Promise<void>;
}
