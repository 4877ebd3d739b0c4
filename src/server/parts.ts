import type { FastifyBaseLogger } from 'fastify';
import type { Plan } from '../domain/plan.ts';
import type { Recipe } from '../domain/recipe.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobBackend } from '../ports/job-backend.ts';
import type { Registry } from '../ports/registry.ts';
import type { RequestStore } from '../ports/request-store.ts';
import type { TokenStore } from '../ports/token-store.ts';
import type { Allowance } from './allowance.ts';
import type { GitHubPushes } from './github/push-recipes.ts';
import type { Meters } from './metrics/meters.ts';

/** What the API works with. */
export interface ServerParts {
  readonly store: BuildStore;
  readonly tokens: TokenStore;
  readonly requests: RequestStore;
  readonly backend: Pick<JobBackend, 'check'>;
  readonly registryFor: (repository: string) => Registry;
  readonly clock: Clock;
  /** Works out a plan, asking the git server where a branch, a tag or a short hash has to be resolved. */
  readonly preparePlan: (wanted: WantedPlan) => Promise<Plan>;
  /** Has the driver of builds look at once. */
  readonly wake: () => void;
  /** Set where webhooks of GitHub are taken. */
  readonly gitHub?: GitHubPushes | undefined;
  readonly options: ServerOptions;
}

/** What a plan is made of, once the request was found to be allowed. */
export interface WantedPlan {
  readonly recipe: Recipe;
  readonly repository: string;
  /** Branch, tag, or commit. */
  readonly reference: string;
  /** A branch that has the commit, where `reference` does not say. */
  readonly branch?: string | undefined;
  readonly destination: string;
}

export interface ServerOptions {
  readonly allowance: Allowance;
  /** Whether only this machine can reach it. */
  readonly loopbackOnly: boolean;
  /** Requests a minute of one token. */
  readonly rateLimit: number;
  /** Of this package. */
  readonly version: string;
  /** Under which others reach it. */
  readonly publicUrl?: string | undefined;
  /** Ends the streams when it aborts. */
  readonly stopping: AbortSignal;
  /** @default none */
  readonly logger?: FastifyBaseLogger | undefined;
  /** Whether metrics of the process itself are told, too. @default false */
  readonly processMetrics?: boolean;
  /** What the rest of the process measures by, too. @default its own */
  readonly meters?: Meters | undefined;
}
