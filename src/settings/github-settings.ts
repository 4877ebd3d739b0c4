import { isLoopback } from '../domain/loopback.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import type { SettingName } from './catalogue.ts';

/** How GitHub is spoken to, and what may come from there. */
export interface GitHubSettings {
  /** Undefined where no webhook is taken. */
  readonly webhookSecretFile: string | undefined;
  /** `recipe` or `repository=recipe` each; undefined where the operator said nothing. */
  readonly recipes: readonly string[] | undefined;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** `host[:port]` of the repositories that the API knows. */
  readonly host: string;
  /** For commit statuses, where there is no App. */
  readonly tokenFile: string | undefined;
  readonly app: GitHubAppSettings | undefined;
}

export interface GitHubAppSettings {
  readonly id: number;
  readonly keyFile: string;
  /** Undefined where GitHub is asked for it. */
  readonly installationId: number | undefined;
}

/** How a setting is read: as it is, as a path, as what stands between commas. */
export interface SettingReader {
  readonly text: (name: SettingName) => string | undefined;
  readonly file: (name: SettingName) => string | undefined;
  readonly list: (name: SettingName) => readonly string[] | undefined;
}

/** @throws SettingInvalid */
export function gitHubSettings({ text, file, list }: SettingReader): GitHubSettings {
  const apiUrl = apiUrlOf(text('TWINHULL_GITHUB_API_URL') ?? 'https://api.github.com');
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

/** A token goes there: no plain http but to this machine, no user, password or query. */
function apiUrlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && isSafe(url) && url.username === '' && url.password === '' && url.search === '') return url;
  // What is no URL is not repeated: it may hold a token.
  throw new TwinhullError('SettingInvalid', 'TWINHULL_GITHUB_API_URL is not the https:// URL of an API', {
    hint: 'give https://api.github.com, or https://host/api/v3 of a GitHub Enterprise Server',
  });
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
