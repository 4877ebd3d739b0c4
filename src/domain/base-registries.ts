import { mayUseSecret, type SecretRules } from './build-secrets.ts';
import type { Plan } from './plan.ts';

/** A registry of base images, in addition to the destination's own. */
export interface BaseRegistry {
  /** `host[:port]` */
  readonly host: string;
  /** AWS: its login in Secrets Manager, JSON with `username` and `password`. At ECR the job's role logs in. */
  readonly secretId?: string | undefined;
}

/** Which logins for base images a job may get. */
export interface BaseRegistryOptions {
  readonly baseRegistries?: readonly BaseRegistry[] | undefined;
  /** By host, as for build secrets. */
  readonly secretRules?: SecretRules | undefined;
}

/**
 * The registries whose logins the jobs of a plan get. A login is treated like a build secret: by default it is for
 * recipes of the operator, because a script can read it.
 */
export function baseRegistriesFor(
  plan: Plan,
  { baseRegistries = [], secretRules = new Map() }: BaseRegistryOptions,
): readonly BaseRegistry[] {
  const own = plan.destination.repository.split('/')[0];
  return baseRegistries.filter(({ host }) => host !== own && mayUseSecret(plan, host, secretRules));
}
