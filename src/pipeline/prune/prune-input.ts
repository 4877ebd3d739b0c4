import type { BuildStore } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Registry } from '../../ports/registry.ts';
import type { BuildFacts } from './build-facts.ts';
import type { RetentionPolicy } from './policy.ts';
import type { RepositoryContent } from './reach.ts';

/** The content of a repository, and what its registry does with an image without a tag. */
export interface ObservedRepository extends RepositoryContent {
  readonly repository: string;
  readonly untaggedImages: 'stay' | 'go';
  /** Tags whose removal was interrupted: they have no owner any more, and their removal is to be completed. */
  readonly halfRemoved: ReadonlySet<string>;
}

/** Everything that the plan depends on, observed before anything is removed. */
export interface PruneInput {
  /** Every build of the store. */
  readonly builds: readonly BuildFacts[];
  /** Builds of other repositories, which were not observed, stay. */
  readonly repositories: readonly ObservedRepository[];
  readonly policy: RetentionPolicy;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** The store and the registries to remove from. */
export interface PruneParts {
  readonly store: BuildStore;
  readonly registryFor: (repository: string) => Registry;
  readonly clock: Pick<Clock, 'now'>;
}
