import { GitHubApi } from '../adapters/github/github-api.ts';
import { GitHubNotifier, type GitHubNotifierOptions } from '../adapters/github/github-notifier.ts';
import { gitHubRepository } from '../adapters/github/github-repository.ts';
import { InstallationTokens } from '../adapters/github/installation-tokens.ts';
import { Network } from '../adapters/network/network.ts';
import { loadRecipe } from '../adapters/recipe-file/load-recipe.ts';
import { readSecretFile, readSecretLines, readToken } from '../adapters/secrets/secret-file.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { parseRepository } from '../domain/git-repository.ts';
import { systemClock } from '../ports/clock.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { Settings } from '../settings/settings.ts';

/** The connection to one GitHub, github.com or Enterprise Server. */
export interface GitHub {
  readonly api: GitHubApi;
  /** Set where an App replaces tokens in files. */
  readonly installationTokens: InstallationTokens | undefined;
}

/** One per settings object, because its cached tokens are worth keeping. */
const opened = new WeakMap<Settings, GitHub>();

/** @throws SettingInvalid when the CA file cannot be used */
export function openGitHub(settings: Settings): GitHub {
  const known = opened.get(settings);
  if (known !== undefined) return known;
  const { gitCaFile, github } = settings;
  const network = new Network({ environment: process.env, caFile: gitCaFile, insecureHosts: new Set() });
  const api = new GitHubApi(github.apiUrl, network);
  const created = { api, installationTokens: github.app && installationTokens(api, github.app) };
  opened.set(settings, created);
  return created;
}

function installationTokens(
  api: GitHubApi,
  { id, keyFile, installationId }: NonNullable<Settings['github']['app']>,
): InstallationTokens {
  const readKey = async () => (await readSecretFile('TWINHULL_GITHUB_APP_KEY_FILE', keyFile)).toString('utf8');
  return new InstallationTokens({ api, app: { id, keyFile, readKey }, installationId, clock: systemClock });
}

/**
 * Reports build states to GitHub; undefined when neither an App nor a token for it is set.
 * @param destination the service's own
 */
export async function openNotifier(settings: Settings, destination: string | undefined): Promise<Notifier | undefined> {
  const { host, tokenFile, app } = settings.github;
  if (app === undefined && tokenFile === undefined) return undefined;
  const { api, installationTokens: tokens } = openGitHub(settings);
  const shared = { api, host, publicUrl: settings.serve.publicUrl, destination, clock: systemClock };
  if (tokens !== undefined) {
    await tokens.check();
    const renew = (): void => tokens.forget();
    const token: GitHubNotifierOptions['token'] = (of, signal) => tokens.token(of, { statuses: 'write' }, signal);
    return new GitHubNotifier({ ...shared, token, renew });
  }
  if (tokenFile === undefined) return undefined;
  const token = () => readToken('TWINHULL_GITHUB_TOKEN_FILE', tokenFile);
  await token();
  return new GitHubNotifier({ ...shared, token });
}

/**
 * What `twinhull serve` builds on pushes; undefined when no webhook secret is set.
 * @param destination the service's own, which pushes publish to
 * @throws SettingInvalid, RecipeNotFound, RecipeInvalid, RepositoryInvalid
 */
export async function openPushes(settings: Settings, { cwd, destination }: PushesWiring) {
  const { webhookSecretFile, recipes: named } = settings.github;
  if (webhookSecretFile === undefined) return undefined;
  if (destination === undefined)
    throw new TwinhullError('SettingInvalid', 'webhooks are enabled, but no destination for their builds is set', {
      hint: 'set TWINHULL_DESTINATION',
    });
  const sources = named ?? (settings.recipe === undefined ? [] : [settings.recipe]);
  const pushes = {
    secrets: () => readSecretLines('TWINHULL_GITHUB_WEBHOOK_SECRET_FILE', webhookSecretFile),
    recipes: () => Promise.all(sources.map((source) => pushRecipe(source, settings, cwd))),
  };
  // Invalid secrets and recipes are reported when the service starts, not at the first push.
  await pushes.secrets();
  const recipes = await pushes.recipes();
  if (recipes.every(({ recipe }) => recipe.pushBranches === undefined))
    throw new TwinhullError('SettingInvalid', 'webhooks are enabled, but no recipe selects pushes to build', {
      hint: 'name recipe files in TWINHULL_GITHUB_RECIPES, and give them `on: { push: { branches: [main] } }`',
    });
  return pushes;
}

/** Where recipes and destinations of pushed commits come from. */
export interface PushesWiring {
  /** Relative paths of recipes are resolved against it. */
  readonly cwd: string;
  readonly destination: string | undefined;
}

/** `recipe`, or `repository=recipe`. */
async function pushRecipe(source: string, { github: { host } }: Settings, cwd: string) {
  const [, url, file = source] = /^(https?:\/\/[^=]+)=(.+)$/.exec(source) ?? [];
  const repository = url === undefined ? undefined : parseRepository(url);
  if (repository !== undefined && gitHubRepository(repository, host) === undefined)
    throw new TwinhullError('SettingInvalid', `TWINHULL_GITHUB_RECIPES names ${repository}, which is not at ${host}`, {
      hint: 'give https://host/owner/name=recipe; TWINHULL_GITHUB_HOST names the host of GitHub',
    });
  return { source, repository, recipe: await loadRecipe(file, { cwd }) };
}
