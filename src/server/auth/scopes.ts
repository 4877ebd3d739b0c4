import { type Scope, scopes } from '../../ports/token-store.ts';

/** What a route requires: a scope, or nothing. */
export type Access = Scope | 'public';

/** Each scope includes those before it. */
export function allows(scope: Scope, needed: Scope): boolean {
  return scopes.indexOf(scope) >= scopes.indexOf(needed);
}
