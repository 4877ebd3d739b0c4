import type { ProviderFacts } from '../../adapters/openid/openid-provider.ts';
import { type CheckResult, ok, problemFromError, warning } from './check.ts';

/** What the check of an OpenID provider is made from. */
export interface OpenIdCheck {
  readonly issuer: string;
  /** Must be registered at the provider, which only a sign-in shows. */
  readonly redirectUrl: string;
  /** Whether every account of the provider may sign in. */
  readonly isOpenToAll: boolean;
  readonly check: () => Promise<ProviderFacts>;
}

/** Whether people can be sent to the provider: that its metadata is found, belongs to the issuer, and has what is used. */
export async function checkOpenId(
  name: string,
  { issuer, redirectUrl, isOpenToAll, check }: OpenIdCheck,
): Promise<CheckResult> {
  try {
    const { hasPkce, hasSignOut } = await check();
    if (!hasPkce)
      return warning(
        name,
        `${issuer} does not list PKCE with S256, which every sign-in uses`,
        'enable it for the client at the provider, or try a sign-in',
      );
    if (isOpenToAll)
      return warning(
        name,
        `every account of ${issuer} may sign in, because TWINHULL_OPENID_GROUPS has "*"`,
        'name groups instead, unless the provider has no accounts but yours',
      );
    const end = hasSignOut ? 'sign-out ends its session too' : 'it has no sign-out of its own';
    return ok(name, `${issuer} responds; ${end}; register ${redirectUrl} there`);
  } catch (error) {
    return problemFromError(name, error);
  }
}
