import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { StoredToken } from '../../ports/token-store.ts';
import { newToken } from '../../server/auth/token.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import { renderTokens } from '../render/tokens.ts';
import type { OptionsOf } from '../table/entry.ts';
import type { token } from '../table/operation.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStores } from '../with-store.ts';

const longestName = 100;

export function createToken(
  { name, scope, json }: OptionsOf<typeof token.commands.create>,
  { stdout, stderr }: Terminal,
): Promise<ExitCode> {
  if (name.trim() === '' || name.length > longestName || /\p{Cc}/u.test(name))
    throw new TwinhullError('ArgumentInvalid', `the name of a token has 1 to ${String(longestName)} characters`, {
      hint: 'give --name with the user or purpose of the token',
    });
  return withStores(async ({ tokens }) => {
    const { token, stored } = newToken(name, scope, Date.now());
    await tokens.create(stored);
    await (json ? writeJson(stdout, { ...tokenToJson(stored), token }) : write(stdout, `${token}\n`));
    await write(stderr, `token ${stored.id} created; it is shown only once\n`);
    return exitCodes.success;
  });
}

export function listTokens({ json }: OptionsOf<typeof token.commands.list>, { stdout }: Terminal): Promise<ExitCode> {
  return withStores(async ({ tokens }) => {
    const all = await tokens.list();
    await (json ? writeJson(stdout, all.map(tokenToJson)) : write(stdout, renderTokens(all, displayOf(stdout))));
    return exitCodes.success;
  });
}

export function revokeToken(id: string, { stderr }: Terminal): Promise<ExitCode> {
  return withStores(async ({ tokens }) => {
    if (!(await tokens.revoke(id, Date.now()))) throw new TwinhullError('TokenNotFound', `no token has the id "${id}"`);
    await write(stderr, `token ${id} revoked\n`);
    return exitCodes.success;
  });
}

export function restoreToken(id: string, { stderr }: Terminal): Promise<ExitCode> {
  return withStores(async ({ tokens, sessions }) => {
    const found = await tokens.find(id);
    if (found?.identity !== undefined && found.revokedAt === undefined)
      throw new TwinhullError('ArgumentInvalid', `the access of ${id} is not revoked`, {
        hint: 'see `twinhull token list`',
      });
    // Sessions from before the revocation would be valid again.
    if (found?.identity !== undefined) await sessions.removeOf(id);
    if (!(await tokens.restore(id)))
      throw new TwinhullError('TokenNotFound', `no person who signed in has the id "${id}"`, {
        hint: 'see `twinhull token list`; in place of another token that was revoked, create a new one',
      });
    await write(stderr, `access of ${id} restored: the person can sign in again\n`);
    return exitCodes.success;
  });
}

function tokenToJson({ id, name, scope, createdAt, revokedAt }: StoredToken) {
  return {
    id,
    name,
    scope,
    createdAt: new Date(createdAt).toISOString(),
    revokedAt: revokedAt === undefined ? null : new Date(revokedAt).toISOString(),
  };
}
