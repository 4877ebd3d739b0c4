import { readAllGitCredentials } from '../adapters/secrets/git-credentials.ts';
import { formatGitAudience, type GitAudience, hostAudience, isInAudience } from '../domain/git-audience.ts';
import type { Settings } from '../settings/settings.ts';

/** Which git servers receive a token, and where that may surprise an operator. */
export interface GitAudiences {
  /** `host[:port][/path]` of every credential. */
  readonly audiences: readonly string[];
  /** Repositories that the API may build from although no credential covers their host. */
  readonly uncovered: readonly string[];
  /** Secrets in Secrets Manager that jobs refuse unless the secret itself names its host. */
  readonly unbound: readonly string[];
}

/** @throws SettingInvalid when a token is set without its host, or a file cannot be used */
export async function gitAudiences({ git, github, backend, aws, serve }: Settings): Promise<GitAudiences> {
  const secrets = backend === 'aws' ? aws.gitSecrets : [];
  const files = await readAllGitCredentials(git);
  const app = github.app === undefined ? [] : [hostAudience(`https://${github.host}`)];
  const named = secrets.flatMap(({ audience }) => audience ?? []);
  const known: readonly GitAudience[] = [...files.map(({ audience }) => audience), ...app, ...named];
  const unbound = secrets.filter(({ audience }) => audience === undefined).map(({ id }) => id);
  const isCovered = (url: string): boolean =>
    !URL.canParse(url) || known.some((audience) => isInAudience({ ...audience, path: [] }, url));
  const needsNone = known.length === 0 || unbound.length > 0;
  return {
    audiences: [...new Set(known.map(formatGitAudience))],
    uncovered: needsNone ? [] : (serve.allowedRepositories ?? []).filter((url) => !isCovered(url)),
    unbound,
  };
}

/** Warnings for the operator when a service starts. */
export function gitAudienceWarnings({ uncovered, unbound }: GitAudiences): readonly string[] {
  return [
    ...uncovered.map(
      (url) =>
        `no git token is configured for the host of ${url}, so builds from there have none; earlier versions sent the token to every host. To configure one, add it to ${furtherTokens}`,
    ),
    ...unbound.map(
      (id) =>
        `the git secret ${id} is bound to no host, so jobs refuse it unless it is JSON with "host"; earlier versions sent it to every host. Set TWINHULL_GIT_HOST`,
    ),
  ];
}

/** The settings for tokens of more than one host, as hints name them. */
export const furtherTokens = 'TWINHULL_GIT_CREDENTIALS_FILE (jobs on AWS: TWINHULL_GIT_SECRETS)';
