import { expect, it } from 'vitest';
import { createBuild, freshStore, type OpenStore, refusal, start } from './open-store.ts';

export function leaseCases(open: OpenStore): void {
  it('grants a free lease to one owner while it lasts', async () => {
    const { store, connect } = await freshStore(open);
    const other = await connect();
    expect(await store.leaseHolder(start)).toBeUndefined();
    const lease = await store.acquireLease('one', start, 1000);
    expect(lease).toEqual({ owner: 'one', epoch: 1, expiresAt: start + 1000 });
    expect(await other.acquireLease('two', start + 999, 1000)).toBeUndefined();
    expect(await other.leaseHolder(start + 999)).toEqual(lease);
    expect(await other.leaseHolder(start + 1000)).toBeUndefined();
  });

  it('renews without a new epoch, even after expiry if no other owner took it', async () => {
    const { store } = await freshStore(open);
    await store.acquireLease('one', start, 1000);
    expect(await store.acquireLease('one', start + 500, 1000)).toEqual({
      owner: 'one',
      epoch: 1,
      expiresAt: start + 1500,
    });
    expect(await store.acquireLease('one', start + 5000, 1000)).toEqual({
      owner: 'one',
      epoch: 1,
      expiresAt: start + 6000,
    });
  });

  it('passes an expired lease to another owner, with a new epoch', async () => {
    const { store } = await freshStore(open);
    await store.acquireLease('one', start, 1000);
    expect(await store.acquireLease('two', start + 1000, 1000)).toEqual({
      owner: 'two',
      epoch: 2,
      expiresAt: start + 2000,
    });
    expect(await store.acquireLease('one', start + 1500, 1000)).toBeUndefined();
    expect(await store.acquireLease('one', start + 2000, 1000)).toMatchObject({ owner: 'one', epoch: 3 });
  });

  it('grants a released lease to the next owner, with a new epoch', async () => {
    const { store } = await freshStore(open);
    const lease = await store.acquireLease('one', start, 1000);
    if (lease === undefined) throw new Error('no lease');
    await store.releaseLease(lease);
    expect(await store.leaseHolder(start)).toBeUndefined();
    expect(await store.acquireLease('two', start, 1000)).toMatchObject({ owner: 'two', epoch: 2 });
  });

  it('ignores a release by an owner that lost the lease', async () => {
    const { store } = await freshStore(open);
    const old = await store.acquireLease('one', start, 1000);
    if (old === undefined) throw new Error('no lease');
    const held = await store.acquireLease('two', start + 1000, 1000);
    await store.releaseLease(old);
    expect(await store.leaseHolder(start + 1001)).toEqual(held);
  });

  it('grants the lease to one of many concurrent owners', async () => {
    const { store, connect } = await freshStore(open);
    const stores = [store, ...(await Promise.all(Array.from({ length: 5 }, connect)))];
    const leases = await Promise.all(
      stores.map((each, index) => each.acquireLease(`owner ${String(index)}`, start, 1000)),
    );
    expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  it('refuses appends of the old driver after a takeover, and accepts those of the new one', async () => {
    const { store, connect } = await freshStore(open);
    const other = await connect();
    const { build } = await createBuild(store);
    const old = await store.acquireLease('one', start, 1000);
    const late = await store.append(build, [{ type: 'publish.started' }], start + 2000, old);
    const taken = await other.acquireLease('two', start + 2000, 1000);
    expect(await refusal(store.append(late, [{ type: 'build.published' }], start + 2001, old))).toBe('LeaseLost');
    expect(await store.load(build.id)).toEqual(late);
    expect((await other.append(late, [{ type: 'build.published' }], start + 2002, taken)).state).toBe('published');
  });

  it('refuses an earlier epoch of the same owner', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const first = await store.acquireLease('one', start, 1000);
    await store.acquireLease('two', start + 1000, 1000);
    await store.acquireLease('one', start + 2000, 1000);
    expect(await refusal(store.append(build, [{ type: 'publish.started' }], start + 2001, first))).toBe('LeaseLost');
  });

  it('requires no lease for a cancel request', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    await store.acquireLease('one', start, 1000);
    expect((await store.append(build, [{ type: 'build.cancel-requested' }], start + 1)).cancelRequestedAt).toBe(
      start + 1,
    );
  });
}
