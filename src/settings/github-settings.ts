import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { mayCarrySecrets } from '../domain/loopback.ts';
import { type SettingName, settingsCatalogue } from './setting-catalogue.ts';

/** How to reach GitHub, and which pushes to accept. */
export interface GitHubSettings {
  /** Undefined where webhooks are not accepted. */
  readonly webhookSecretFile: string | undefined;
  /** Each is `recipe` or `repository=recipe`; undefined where it is not set. */
  readonly recipes: readonly string[] | undefined;
  /** Without a trailing slash. */
  readonly apiUrl: string;
  /** `host[:port]` of the repositories that the API serves. */
  readonly host: string;
  /** For commit statuses, without an App. */
  readonly tokenFile: string | undefined;
  readonly app: GitHubAppSettings | undefined;
}

/** The GitHub App that reports commit statuses. */
export interface GitHubAppSettings {
  readonly id: number;
  readonly keyFile: string;
  /** Undefined where it is requested from GitHub. */
  readonly installationId: number | undefined;
}

/** How a setting is read: as text, as a path, or as a comma-separated list. */
export interface SettingReader {
  readonly text: (name: SettingName) => string | undefined;
  readonly file: (name: SettingName) => string | undefined;
  readonly list: (name: SettingName) => readonly string[] | undefined;
}

/** @throws SettingInvalid */
export function gitHubSettings({ text, file, list }: SettingReader): GitHubSettings {
  const apiUrl = apiUrlOf(text('TWINHULL_GITHUB_API_URL') ?? settingsCatalogue.TWINHULL_GITHUB_API_URL.default);
  return {
    webhookSecretFile: file('TWINHULL_GITHUB_WEBHOOK_SECRET_FILE'),
    recipes: list('TWINHULL_GITHUB_RECIPES'),
    apiUrl: apiUrl.href.replace(/\/+$/, ''),
    host: (text('TWINHULL_GITHUB_HOST') ?? apiUrl.host.replace(/^api\./, '')).toLowerCase(),
    tokenFile: file('TWINHULL_GITHUB_TOKEN_FILE'),
    app: appSettings(text, file),
  };
}

function appSettings(text: SettingReader['text'], file: SettingReader['file']): GitHubAppSettings | undefined {
  const id = idOf('TWINHULL_GITHUB_APP_ID', text('TWINHULL_GITHUB_APP_ID'));
  const keyFile = file('TWINHULL_GITHUB_APP_KEY_FILE');
  if (id === undefined && keyFile === undefined) return undefined;
  if (id === undefined || keyFile === undefined) {
    const [set, missing] = id === undefined ? ['APP_KEY_FILE', 'APP_ID'] : ['APP_ID', 'APP_KEY_FILE'];
    throw new TwinhullError('SettingInvalid', `TWINHULL_GITHUB_${set} is set, but TWINHULL_GITHUB_${missing} is not`, {
      hint: 'a GitHub App needs both: its id, and a file with its private key',
    });
  }
  const installation = text('TWINHULL_GITHUB_APP_INSTALLATION_ID');
  return { id, keyFile, installationId: idOf('TWINHULL_GITHUB_APP_INSTALLATION_ID', installation) };
}

function idOf(name: SettingName, text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,14}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new TwinhullError('SettingInvalid', `${name} is "${text}"`, { hint: 'give the number that GitHub shows' });
}

/** It receives a token: plain http only to this machine, and no user, password or query. */
function apiUrlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && mayCarrySecrets(url) && url.username === '' && url.password === '' && url.search === '')
    return url;
  // An invalid URL is not quoted: it may hold a token.
  throw new TwinhullError('SettingInvalid', 'TWINHULL_GITHUB_API_URL is not an https:// URL of an API', {
    hint: 'give https://api.github.com, or https://host/api/v3 of a GitHub Enterprise Server',
  });
}
