import type { FastifyBaseLogger } from 'fastify';
import type * as z from 'zod';
import type { HostPrices } from '../domain/build-estimate.ts';
import type { SecretRules } from '../domain/build-secrets.ts';
import type { Plan } from '../domain/plan.ts';
import type { Recipe } from '../domain/recipe.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdentityProvider } from '../ports/identity-provider.ts';
import type { JobBackend } from '../ports/job-backend.ts';
import type { Registry } from '../ports/registry.ts';
import type { RequestStore } from '../ports/request-store.ts';
import type { SessionStore, SignInStore } from '../ports/session-store.ts';
import type { Scope, TokenStore } from '../ports/token-store.ts';
import type { Allowance } from './allowance.ts';
import type { GitHubPushes } from './github/push-recipes.ts';
import type { Meters } from './metrics/meters.ts';
import type { PageFiles } from './pages/page-files.ts';
import type { diagnosisSchema } from './schemas/diagnosis-schema.ts';

/** The dependencies of the API. */
export interface ServerParts {
  readonly store: BuildStore;
  readonly tokens: TokenStore;
  readonly sessions: SessionStore;
  readonly signIns: SignInStore;
  readonly requests: RequestStore;
  readonly backend: Pick<JobBackend, 'check'>;
  readonly registryFor: (repository: string) => Registry;
  readonly clock: Clock;
  /** Prepares a plan; asks the git server where a branch, a tag or a short hash must be resolved. */
  readonly preparePlan: (wanted: WantedPlan) => Promise<Plan>;
  /** Which builds may use which build secret. */
  readonly secretRules: SecretRules;
  /** Starts a pass of the driver immediately. */
  readonly wake: () => void;
  /** Checks everything that a build needs. @default the service has no checks */
  readonly diagnose?: (() => Promise<Diagnosis>) | undefined;
  /** Set where GitHub webhooks are accepted. */
  readonly gitHub?: GitHubPushes | undefined;
  /** Set where people sign in by OpenID Connect. */
  readonly openId?: OpenIdSignIn | undefined;
  readonly options: ServerOptions;
}

/** What checks of the service's surroundings found. */
export type Diagnosis = z.infer<typeof diagnosisSchema>;

/** Sign-in by OpenID Connect. */
export interface OpenIdSignIn {
  readonly provider: IdentityProvider;
  /** Of this service, as browsers use it and without a slash at the end. */
  readonly publicUrl: string;
  /** The scope of each group; `*` is for all accounts of the provider. */
  readonly groupScopes: ReadonlyMap<string, Scope>;
}

/** The input of a plan, after the request was found to be allowed. */
export interface WantedPlan {
  readonly recipe: Recipe;
  readonly repository: string;
  /** Branch, tag, or commit. */
  readonly reference: string;
  /** A branch that contains the commit, where `reference` is not a branch. */
  readonly branch?: string | undefined;
  readonly destination: string;
  /** Set for a recipe that the operator named. */
  readonly origin?: 'operator' | undefined;
}

/** What the service allows, and what it reports about itself. */
export interface ServerOptions {
  readonly allowance: Allowance;
  /** Requests per minute and token. */
  readonly rateLimit: number;
  /** How long a browser stays signed in, in milliseconds. @default as in `sessions.ts` */
  readonly sessionLifetime?: number | undefined;
  /** For estimates. @default they have no cost */
  readonly hostPrices?: HostPrices | undefined;
  /** Version of this package. */
  readonly version: string;
  /** The database of the store, for people. @default not reported */
  readonly storeName?: string | undefined;
  /** URL that clients use to reach the service. */
  readonly publicUrl?: string | undefined;
  /** The built pages. @default none are served */
  readonly pages?: PageFiles | undefined;
  /** Ends the streams when it aborts. */
  readonly stopping: AbortSignal;
  /** @default none */
  readonly logger?: FastifyBaseLogger | undefined;
  /** Whether to include metrics of the process itself. @default false */
  readonly processMetrics?: boolean;
  /** The meters of the rest of the process. @default its own */
  readonly meters?: Meters | undefined;
}
