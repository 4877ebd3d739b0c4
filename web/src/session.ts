import { signal } from '@preact/signals';
import { ApiError, call, type Session, type SignedOut } from './api.ts';

/** `undefined` while it is not known, null without a session. */
export const session = signal<Session | null | undefined>(undefined);

/** Whether the service did not answer the last request. */
export const offline = signal(false);

/** Why the session ended, for the sign-in page. */
export const signedOutBecause = signal('');

export async function findSession(): Promise<void> {
  const found = await request<Session>('/v1/session').catch(() => undefined);
  if (found !== undefined) session.value = found;
  else if (session.value === undefined && !offline.value) session.value = null;
}

export async function signIn(by: { readonly token: string } | { readonly link: string }): Promise<void> {
  session.value = await call<Session>('/v1/session', { method: 'POST', body: by });
  signedOutBecause.value = '';
}

/** Also at the OpenID provider that the person came from, if it offers that. */
export async function signOut(): Promise<void> {
  const answer = await request<SignedOut>('/v1/session', { method: 'DELETE' }).catch(() => undefined);
  session.value = null;
  if (answer?.signOutUrl != null) location.assign(answer.signOutUrl);
}

/** `call` for pages: an ended session shows the sign-in page, a missing answer the notice. @throws ApiError */
export async function request<T>(...words: Parameters<typeof call>): Promise<T> {
  try {
    const answer = await call<T>(...words);
    offline.value = false;
    return answer;
  } catch (error) {
    if (error instanceof ApiError) {
      offline.value = error.status === 0 || error.status === 503;
      if (error.status === 401) {
        if (session.value != null) signedOutBecause.value = 'Your session has ended.';
        session.value = null;
      }
    }
    throw error;
  }
}

/** Whether the caller may run the checks of doctor, which name files of the service's host. */
export function mayDiagnose(): boolean {
  return session.value?.scope === 'admin';
}

/** Whether the caller may start, stop and retry builds. */
export function mayBuild(): boolean {
  return session.value != null && session.value.scope !== 'read';
}
