import type { Kysely } from 'kysely';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Lease } from '../../ports/build-store.ts';
import type { Tables } from './schema.ts';

/** The single lease of a store: its holder drives the builds. */
const name = 'driver';

/** Takes or renews the lease. @returns undefined while another owner holds it */
export async function acquireLease(
  tx: Kysely<Tables>,
  owner: string,
  now: number,
  milliseconds: number,
): Promise<Lease | undefined> {
  const current = await tx.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst();
  const expiresAt = now + milliseconds;
  if (current === undefined) {
    await tx.insertInto('leases').values({ name, owner, epoch: 1, expires_at: expiresAt }).execute();
    return { owner, epoch: 1, expiresAt };
  }
  const ours = current.owner === owner;
  if (!ours && current.expires_at > now) return undefined;
  const epoch = ours ? current.epoch : current.epoch + 1;
  await tx.updateTable('leases').set({ owner, epoch, expires_at: expiresAt }).where('name', '=', name).execute();
  return { owner, epoch, expiresAt };
}

/**
 * Checks that no other process took the lease over. Its expiry does not matter here: until another owner begins, a late
 * write of the old one does no harm.
 *
 * @throws LeaseLost
 */
export async function requireLease(tx: Kysely<Tables>, lease: Lease): Promise<void> {
  const row = await tx
    .selectFrom('leases')
    .select('epoch')
    .where('name', '=', name)
    .where('owner', '=', lease.owner)
    .where('epoch', '=', lease.epoch)
    .executeTakeFirst();
  if (row !== undefined) return;
  throw new TwinhullError('LeaseLost', `${lease.owner} no longer holds the lease of epoch ${String(lease.epoch)}`);
}

/** Expires the lease; the row stays, so that the epoch keeps growing. */
export async function releaseLease(db: Kysely<Tables>, lease: Lease): Promise<void> {
  await db
    .updateTable('leases')
    .set({ owner: '', expires_at: 0 })
    .where('name', '=', name)
    .where('owner', '=', lease.owner)
    .where('epoch', '=', lease.epoch)
    .execute();
}

/** The current lease; undefined if none is held, or it has expired at `now`. */
export async function leaseHolder(db: Kysely<Tables>, now: number): Promise<Lease | undefined> {
  const row = await db.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst();
  if (row === undefined || row.expires_at <= now) return undefined;
  return { owner: row.owner, epoch: row.epoch, expiresAt: row.expires_at };
}
