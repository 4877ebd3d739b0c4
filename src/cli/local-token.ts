import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { localTokenFile, readLocalToken, writeLocalToken } from '../adapters/local-service/local-token-file.ts';
import { findService, recordService } from '../adapters/local-service/running-services.ts';
import type { TokenStore } from '../ports/token-store.ts';
import { isSecretOf, newToken, parseToken } from '../server/auth/token.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Makes sure that the state folder holds a token with which this user's commands call the service. It survives
 * restarts, so that commands that follow a build do too; a token that others could read is revoked.
 *
 * @returns its file. @throws StoreUnavailable
 */
export async function ensureLocalToken(stateFolder: string, tokens: TokenStore, now: number): Promise<string> {
  const kept = await readLocalToken(stateFolder);
  const parsed = kept && parseToken(kept.token);
  const stored = parsed && (await tokens.find(parsed.id));
  const isOurs = stored?.scope === 'local' && isSecretOf(stored, parsed?.secret ?? '');
  if (isOurs && stored.revokedAt === undefined && kept?.exposed === false) return localTokenFile(stateFolder);
  const { token, stored: created } = newToken(`this machine (${hostname()})`, 'local', now);
  await tokens.create(created);
  const file = await writeLocalToken(stateFolder, token);
  if (isOurs) await tokens.revoke(stored.id, now);
  return file;
}

/**
 * Lets this user's commands call the service without a setting. If the state folder is not writable, they need a token
 * as from any other machine.
 *
 * @returns removes the record of the address
 */
export async function admitThisUser(
  url: string,
  { tokens, settings: { stateFolder }, logger }: { tokens: TokenStore; settings: Settings; logger: Logger },
): Promise<() => Promise<void>> {
  try {
    const file = await ensureLocalToken(stateFolder, tokens, Date.now());
    const withdraw = await recordService(stateFolder, url);
    logger.info({ file }, 'API token for commands on this machine');
    return withdraw;
  } catch (err) {
    logger.warn({ err }, 'no API token for commands on this machine: the state folder cannot be written');
    return async () => undefined;
  }
}

/** Settings of the client; the local token applies to this user's service on this machine when no token is named. */
export async function withLocalToken({ client, stateFolder }: Settings): Promise<Settings['client']> {
  const { server, tokenFile } = client;
  if (server === undefined || tokenFile !== undefined) return client;
  const url = await findService(stateFolder, server);
  return url === undefined ? client : { ...client, server: url, tokenFile: localTokenFile(stateFolder) };
}
