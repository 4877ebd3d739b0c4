import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ApiError, asApiError, call, type SignInMethods } from './api.ts';
import { address, navigate } from './router.ts';
import { signedOutBecause, signIn } from './session.ts';
import { ErrorNote } from './ui.tsx';

/** Also exchanges the link of `twinhull open`, whose secret is after the `#`. */
export function SignInPage(): JSX.Element {
  const token = useSignal('');
  const error = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);
  const openId = useSignal<SignInMethods['openId']>(null);

  useEffect(() => {
    void call<SignInMethods>('/v1/sign-in')
      .then((methods) => (openId.value = methods.openId))
      .catch(() => undefined);
  }, []);

  const enter = (by: Parameters<typeof signIn>[0]): void => {
    busy.value = true;
    error.value = undefined;
    signIn(by)
      .then(() => {
        if (location.pathname === '/sign-in') navigate('/', { replace: true });
      })
      .catch((thrown: unknown) => (error.value = asApiError(thrown)))
      .finally(() => (busy.value = false));
  };

  useEffect(() => {
    const link = address.value.hash.slice(1);
    if (!link.startsWith('tl_')) return;
    // Used or not, it does not stay in the history.
    history.replaceState(null, '', '/sign-in');
    enter({ link });
  }, []);

  return (
    <main class="sign-in" id="main">
      <div class="card">
        <h1>Sign in</h1>
        {signedOutBecause.value === '' ? null : <p role="status">{signedOutBecause.value}</p>}
        {openId.value === null ? null : (
          <a class="button primary" href={`${openId.value.url}?returnTo=${returnTo()}`} data-outside>
            Sign in with {openId.value.name}
          </a>
        )}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            enter({ token: token.value });
          }}
        >
          <label for="token">API token</label>
          <input
            id="token"
            type="password"
            autoComplete="off"
            spellcheck={false}
            required
            value={token.value}
            onInput={({ currentTarget }) => (token.value = currentTarget.value)}
          />
          <button type="submit" class={openId.value === null ? 'primary' : ''} disabled={busy.value}>
            Sign in
          </button>
        </form>
        {error.value === undefined ? null : <ErrorNote error={error.value} />}
        <p class="quiet">
          On the machine of the service, <code>twinhull open</code> prints a link that signs you in. Elsewhere, an
          operator creates a token with <code>twinhull token create</code>.
        </p>
      </div>
    </main>
  );
}

/** The page that was wanted when this one was shown instead. */
function returnTo(): string {
  const { pathname, search, hash } = location;
  return encodeURIComponent(pathname === '/sign-in' ? '/' : `${pathname}${search}${hash}`);
}
