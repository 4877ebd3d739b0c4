import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { mayCarrySecrets } from '../domain/loopback.ts';
import type { SettingReader } from './github-settings.ts';
import { type SettingName, settingsCatalogue } from './setting-catalogue.ts';

/** Sign-in of browsers by OpenID Connect. */
export interface OpenIdSettings {
  /** As the provider writes it: compared exactly. */
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined for a public client. */
  readonly clientSecretFile: string | undefined;
  /** Requested from the provider; always contains `openid`. */
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  /** The scope of each group; `*` is for all accounts of the provider. */
  readonly groupScopes: ReadonlyMap<string, GrantedScope>;
  /** Undefined where the client id is the only audience. */
  readonly audience: string | undefined;
  readonly caFile: string | undefined;
  /** URL of the service, without a slash at the end. */
  readonly publicUrl: string;
}

/** What a group may grant. */
export type GrantedScope = (typeof grantedScopes)[number];

const grantedScopes = ['read', 'build', 'admin'] as const;

/**
 * Undefined where no issuer is set.
 *
 * @param publicUrl the setting TWINHULL_PUBLIC_URL. @throws SettingInvalid
 */
export function openIdSettings(
  { text, file, list }: SettingReader,
  publicUrl: string | undefined,
): OpenIdSettings | undefined {
  const issuer = text('TWINHULL_OPENID_ISSUER');
  const clientId = text('TWINHULL_OPENID_CLIENT_ID');
  if (issuer === undefined) {
    if (clientId === undefined) return undefined;
    throw missing('TWINHULL_OPENID_ISSUER', 'give the URL of the provider, as its metadata has it');
  }
  if (clientId === undefined) throw missing('TWINHULL_OPENID_CLIENT_ID', 'register the service at the provider');
  if (publicUrl === undefined)
    throw missing('TWINHULL_PUBLIC_URL', 'give the URL that browsers use: the provider sends them back to it');
  const scopes = (text('TWINHULL_OPENID_SCOPES') ?? settingsCatalogue.TWINHULL_OPENID_SCOPES.default)
    .split(/[\s,]+/)
    .filter(Boolean);
  return {
    issuer: secureUrl('TWINHULL_OPENID_ISSUER', issuer),
    clientId,
    clientSecretFile: file('TWINHULL_OPENID_CLIENT_SECRET_FILE'),
    scopes: [...new Set(['openid', ...scopes])],
    groupsClaim: text('TWINHULL_OPENID_GROUPS_CLAIM') ?? settingsCatalogue.TWINHULL_OPENID_GROUPS_CLAIM.default,
    groupScopes: groupScopesOf(list('TWINHULL_OPENID_GROUPS') ?? []),
    audience: text('TWINHULL_OPENID_AUDIENCE'),
    caFile: file('TWINHULL_OPENID_CA_FILE'),
    publicUrl: secureUrl('TWINHULL_PUBLIC_URL', publicUrl).replace(/\/+$/, ''),
  };
}

function missing(name: SettingName, hint: string): TwinhullError {
  return new TwinhullError('SettingInvalid', `sign-in by OpenID Connect is set, but ${name} is not`, { hint });
}

/** Codes and sessions pass through it: plain http only to this machine. */
function secureUrl(name: SettingName, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== undefined && isPlain && mayCarrySecrets(url)) return text;
  throw new TwinhullError('SettingInvalid', `${name} cannot be used to sign in: it is not an https:// URL`, {
    hint: 'give an https:// URL without user, query or fragment; http:// is allowed for loopback only',
  });
}

/** The last `=` separates: names in a directory contain some. A comma in a name is written `%2C`, a percent sign `%25`. */
function groupScopesOf(pairs: readonly string[]): ReadonlyMap<string, GrantedScope> {
  const parsed = pairs.map((pair) => {
    const at = pair.lastIndexOf('=');
    const group = decoded(pair.slice(0, Math.max(at, 0)).trim());
    const scope = grantedScopes.find((one) => one === pair.slice(at + 1).trim());
    if (group !== undefined && group !== '' && scope !== undefined) return [group, scope] as const;
    throw new TwinhullError('SettingInvalid', `TWINHULL_OPENID_GROUPS holds "${pair}"`, {
      hint: `give group=scope, with commas between; scopes are ${grantedScopes.join(', ')}`,
    });
  });
  const twice = parsed.find(([group], index) => parsed.findIndex(([other]) => other === group) !== index);
  if (twice !== undefined)
    throw new TwinhullError('SettingInvalid', `TWINHULL_OPENID_GROUPS holds the group "${twice[0]}" more than once`, {
      hint: 'give each group one scope; the widest one includes the others',
    });
  if (parsed.length > 0) return new Map(parsed);
  throw missing('TWINHULL_OPENID_GROUPS', 'give group=scope: which group of the provider gets which scope');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
