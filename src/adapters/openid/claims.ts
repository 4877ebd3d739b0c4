import type { AttestedIdentity } from '../../ports/identity-provider.ts';

/** Claims of an ID token or of the userinfo endpoint: https://openid.net/specs/openid-connect-core-1_0.html#Claims */
export type Claims = Readonly<Record<string, unknown>>;

/** As for the names of API tokens. */
const longestName = 100;

/**
 * The value of a claim: under its whole name, which may be a URL, or else of a field of a nested object, as in
 * `realm_access.roles`.
 */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), claims);
}

/** Names of groups: a list, or a single one. Other values are no groups. */
export function groupsOf(claims: Claims, name: string): readonly string[] {
  const value = claimOf(claims, name);
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((group): group is string => typeof group === 'string' && group !== '');
}

/**
 * The email address, unless the provider reports that it was not verified; else the subject. Users can choose
 * `name` and `preferred_username` themselves, so neither may appear as the actor of a build.
 */
export function nameOf(claims: Claims, subject: string): AttestedIdentity['name'] {
  const { email, email_verified: isVerified } = claims;
  const name = typeof email === 'string' && email.includes('@') && !isFalse(isVerified) ? email : subject;
  const shown = name
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, longestName);
  return shown === '' ? 'unnamed' : shown;
}

/** Some providers, such as Amazon Cognito, send text in place of booleans. */
function isFalse(value: unknown): boolean {
  return value === false || (typeof value === 'string' && value.toLowerCase() === 'false');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
