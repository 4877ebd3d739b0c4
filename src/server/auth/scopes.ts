import { type Scope, scopes } from '../../ports/token-store.ts';

/** What a route asks for: a scope, or nothing. */
export type Access = Scope | 'public';

/** Each scope holds those before it. */
export function allows(scope: Scope, needed: Scope): boolean {
  return scopes.indexOf(scope) >= scopes.indexOf(needed);
}
