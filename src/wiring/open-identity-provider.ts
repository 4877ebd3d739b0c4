import { Network } from '../adapters/network/network.ts';
import type { OpenIdProvider } from '../adapters/openid/openid-provider.ts';
import { readToken } from '../adapters/secrets/secret-file.ts';
import { systemClock } from '../ports/clock.ts';
import { signInCallback } from '../ports/identity-provider.ts';
import type { OpenIdSettings } from '../settings/openid-settings.ts';

/** The addresses to register at the provider. */
export function registeredUrls({ publicUrl }: Pick<OpenIdSettings, 'publicUrl'>) {
  return { redirectUrl: `${publicUrl}${signInCallback}`, signedOutUrl: `${publicUrl}/sign-in` };
}

/**
 * The provider of the settings. Nothing is sent to it yet. The client's secret is read again with its metadata, so a
 * new one needs no restart.
 *
 * @throws SettingInvalid when a file cannot be used
 */
export async function openIdentityProvider(settings: OpenIdSettings): Promise<OpenIdProvider> {
  const { caFile, clientSecretFile } = settings;
  const readSecret = async (): Promise<string | undefined> =>
    clientSecretFile === undefined ? undefined : readToken('TWINHULL_OPENID_CLIENT_SECRET_FILE', clientSecretFile);
  await readSecret();
  const network = new Network({ environment: process.env, caFile, insecureHosts: new Set() });
  // Only the service and `doctor` need it.
  const { OpenIdProvider } = await import('../adapters/openid/openid-provider.ts');
  return new OpenIdProvider({ ...settings, ...registeredUrls(settings), readSecret, network, clock: systemClock });
}

/** What the service needs of it. @returns undefined where people sign in with tokens only. @throws SettingInvalid */
export async function openSignIn(settings: OpenIdSettings | undefined) {
  if (settings === undefined) return undefined;
  const { publicUrl, groupScopes } = settings;
  return { provider: await openIdentityProvider(settings), publicUrl, groupScopes };
}
