import { TwinhullError } from './errors/twinhull-error.ts';
import { coversRepository } from './git-repository.ts';
import { buildSecretsOf, type Plan } from './plan.ts';
import { quoted } from './quoted.ts';

/** What may use one build secret. */
export interface SecretRule {
  /** Each one repository, or with a trailing slash all below it. @default all that may be built from */
  readonly repositories?: readonly string[] | undefined;
  /** Names of recipes of the operator. @default all of them */
  readonly recipes?: readonly string[] | undefined;
  /** Whether recipes that callers send may use it. @default refuse */
  readonly callers?: 'allow' | 'refuse' | undefined;
}

/** By secret id. A secret without a rule is for recipes of the operator, in every repository. */
export type SecretRules = ReadonlyMap<string, SecretRule>;

/**
 * Refuses a plan that uses a build secret that is not for its repository and recipe. A recipe counts as the operator's
 * if its plan records that; a plan of a release that recorded nothing counts as sent by a caller.
 *
 * @throws SecretNotAllowed
 */
export function refuseSecrets(plan: Plan, rules: SecretRules): void {
  for (const id of buildSecretsOf(plan.jobs)) {
    const why = refusal(plan, rules.get(id) ?? {});
    if (why === undefined) continue;
    throw new TwinhullError(
      'SecretNotAllowed',
      `the build secret ${quoted(id)} is not allowed for this build: ${why}`,
      {
        hint: `allow it in the file that TWINHULL_SECRET_RULES names, such as ${example(id, plan)}`,
      },
    );
  }
}

/** Whether a plan may use the secret of this id. */
function mayUseSecret(plan: Plan, id: string, rules: SecretRules): boolean {
  return refusal(plan, rules.get(id) ?? {}) === undefined;
}

function refusal({ recipe, source: { repository } }: Plan, rule: SecretRule): string | undefined {
  if (rule.repositories?.some((allowed) => coversRepository(allowed, repository)) === false)
    return `no rule names the repository ${repository}`;
  if (rule.callers === 'allow') return undefined;
  if (recipe.origin !== 'operator') return `the recipe ${quoted(recipe.name)} was sent, or found in the repository`;
  if (rule.recipes?.includes(recipe.name) === false) return `no rule names the recipe ${quoted(recipe.name)}`;
  return undefined;
}

function example(id: string, { recipe, source }: Plan): string {
  const who = recipe.origin === 'operator' ? `recipes: [${recipe.name}]` : 'callers: allow';
  return `\`${id}: { repositories: [${source.repository}], ${who} }\``;
}

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
