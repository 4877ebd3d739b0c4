import type { Plan } from '../../domain/plan.ts';
import type { FollowItem, FollowOptions } from '../../pipeline/follow.ts';
import type { PromoteRequest, Promotion } from '../../pipeline/promote.ts';
import type { BuildSummary, ListQuery, LogId } from '../../ports/build-store.ts';
import type { ShownBuild } from '../../presentation/shown-build.ts';
import type { PlanOptions } from '../../wiring/prepare-plan.ts';

/**
 * What commands do with builds, here or at a service: whoever renders what comes of it cannot tell which. `localBuilds`
 * works on the store, `remoteBuilds` calls a `twinhull serve`.
 */
export interface Builds {
  /** Works out a plan, and runs nothing. */
  plan(wanted: PlanOptions): Promise<Plan>;
  submit(wanted: PlanOptions, options: { readonly force: boolean }): Promise<Submitted>;
  /** With the phases of attempts that still run. */
  load(id: string): Promise<ShownBuild | undefined>;
  /** Newest first. */
  list(query: Pick<ListQuery, 'limit' | 'states' | 'commit'>): Promise<readonly BuildSummary[]>;
  /** @throws BuildNotFound */
  follow(
    id: string,
    options?: Pick<FollowOptions, 'signal' | 'logs' | 'platform'>,
  ): AsyncGenerator<FollowItem, ShownBuild>;
  /** What is there of an attempt's log, with the marks of the builder; nothing where there is no such attempt. */
  log(id: LogId): AsyncIterable<string>;
  /** @returns the build; one that publishes or has ended is as it was. @throws BuildNotFound */
  cancel(id: string): Promise<ShownBuild>;
  /** @throws BuildNotFound, BuildNotRetryable, TagInUse */
  retry(id: string): Promise<ShownBuild>;
  promote(request: PromoteRequest): Promise<Promotion>;
  /** Sees to it that a build goes on while somebody watches it. */
  attend(id: string): Attendance;
  /** Sees to it that open builds go on after this process has ended. */
  goOnInBackground(): void;
  /** Cancels a build, although this process cannot wait for it. */
  cancelInBackground(id: string): void;
  close(): Promise<void>;
}

export interface Submitted {
  /** `joined`: the same build is under way. `exists`: it was published, and all of it is still in the registry. */
  readonly outcome: 'created' | 'joined' | 'exists';
  readonly build: ShownBuild;
}

export interface Attendance {
  /** Rejects when the build can no longer be driven; it never resolves. */
  readonly trouble: Promise<never>;
  cancel(): Promise<void>;
  /** When nobody watches any more. */
  end(): Promise<void>;
}
