import { describe, expect, it, onTestFinished } from 'vitest';
import type { Stores } from '../../src/adapters/store/stores.ts';
import type { StoredSession, StoredSignIn } from '../../src/ports/session-store.ts';
import type { StoredToken } from '../../src/ports/token-store.ts';
import { sampleBuild, samplePlan } from '../helpers/sample-builds.ts';
import { buildFailed, createBuild, created } from './build-store/open-store.ts';

const token: StoredToken = { id: 'abcdefghijkl', name: 'ci', scope: 'build', hash: 'ab'.repeat(32), createdAt: 1 };

/** What a service stores in addition to its builds, on any database. @param open a new, empty store */
export function describeServiceStores(name: string, open: () => Promise<Stores>): void {
  const opened = async (): Promise<Stores> => {
    const stores = await open();
    onTestFinished(() => stores.builds.close());
    return stores;
  };

  describe(`${name} as a token store`, () => {
    it('keeps tokens, oldest first', async () => {
      const { tokens } = await opened();
      const second = { ...token, id: 'aaaaaaaaaaaa', createdAt: Date.UTC(2026, 0, 1) };
      await tokens.create(second);
      await tokens.create(token);
      expect(await tokens.list()).toEqual([token, second]);
      expect(await tokens.find(token.id)).toEqual(token);
      expect(await tokens.find('zzzzzzzzzzzz')).toBeUndefined();
      expect(await tokens.findAll([token.id, 'zzzzzzzzzzzz'])).toEqual([token]);
      expect(await tokens.findAll([])).toEqual([]);
    });

    it('revokes once, and keeps revoked tokens', async () => {
      const { tokens } = await opened();
      await tokens.create(token);
      expect(await tokens.revoke('zzzzzzzzzzzz', 5)).toBe(false);
      expect(await tokens.revoke(token.id, 5)).toBe(true);
      expect(await tokens.revoke(token.id, 9)).toBe(true);
      expect(await tokens.find(token.id)).toEqual({ ...token, revokedAt: 5 });
    });

    it('never accepts one id twice', async () => {
      const { tokens } = await opened();
      await tokens.create(token);
      await expect(tokens.create({ ...token, name: 'other' })).rejects.toMatchObject({ code: 'StoreUnavailable' });
      expect(await tokens.find(token.id)).toEqual(token);
    });
  });

  describe(`${name} as a store of identities`, () => {
    const identity = { issuer: 'https://login.example', subject: 'ada' };
    const person = { ...token, name: 'ada@example.org', scope: 'read' as const, identity };

    it('keeps one token for each identity, with the name and scope of the last sign-in', async () => {
      const { tokens } = await opened();
      await tokens.create({ ...token, id: 'bbbbbbbbbbbb' });
      expect(await tokens.findIdentity(identity)).toBeUndefined();
      expect(await tokens.putIdentity(person)).toEqual(person);
      const later = { ...person, id: 'cccccccccccc', name: 'ada@example.com', scope: 'admin' as const };
      const many = await Promise.all([1, 2, 3].map(() => tokens.putIdentity(later)));
      const kept = { ...later, id: person.id };
      expect(many).toEqual([kept, kept, kept]);
      const elsewhere = { ...person, id: 'dddddddddddd', identity: { ...identity, issuer: 'https://other.example' } };
      expect(await tokens.putIdentity(elsewhere)).toEqual(elsewhere);
      expect(await tokens.find(person.id)).toEqual(kept);
      expect(await tokens.list()).toHaveLength(3);
    });

    it('leaves a revoked identity revoked when it signs in', async () => {
      const { tokens } = await opened();
      await tokens.putIdentity(person);
      await tokens.revoke(person.id, 7);
      expect(await tokens.putIdentity({ ...person, id: 'cccccccccccc' })).toEqual({ ...person, revokedAt: 7 });
      const other = { ...token, id: 'bbbbbbbbbbbb' };
      await tokens.create(other);
      await tokens.revoke(other.id, 7);
      expect(await tokens.restore(other.id)).toBe(false);
      expect(await tokens.find(other.id)).toEqual({ ...other, revokedAt: 7 });
      expect(await tokens.restore('zzzzzzzzzzzz')).toBe(false);
      expect(await tokens.restore(person.id)).toBe(true);
      expect(await tokens.find(person.id)).toEqual(person);
    });
  });

  describe(`${name} as a store of sign-ins`, () => {
    const signIn: StoredSignIn = {
      id: 'abcdefghijkl',
      hash: 'cd'.repeat(32),
      returnTo: '/builds/0123456789ab#arm64-L3',
      replaces: 'bbbbbbbbbbbb',
      createdAt: Date.UTC(2026, 0, 1),
      expiresAt: Date.UTC(2026, 0, 2),
    };

    it('gives a sign-in to one of several takers', async () => {
      const { signIns } = await opened();
      await signIns.create(signIn);
      const taken = await Promise.all([1, 2, 3].map(() => signIns.take(signIn.id, signIn.hash)));
      expect(taken.filter((one) => one !== undefined)).toEqual([signIn]);
      expect(await signIns.take(signIn.id, signIn.hash)).toBeUndefined();
    });

    it('keeps a sign-in when the hash is another', async () => {
      const { signIns } = await opened();
      await signIns.create(signIn);
      expect(await signIns.take(signIn.id, 'ef'.repeat(32))).toBeUndefined();
      expect(await signIns.take(signIn.id, signIn.hash)).toEqual(signIn);
    });

    it('removes expired ones when another is created', async () => {
      const { signIns } = await opened();
      await signIns.create(signIn);
      const next = { ...signIn, id: 'bbbbbbbbbbbb', replaces: undefined, createdAt: signIn.expiresAt + 1 };
      await signIns.create(next);
      expect(await signIns.take(signIn.id, signIn.hash)).toBeUndefined();
      expect(await signIns.take(next.id, next.hash)).toEqual(next);
    });
  });

  describe(`${name} as a session store`, () => {
    const session: StoredSession = {
      id: 'abcdefghijkl',
      kind: 'session',
      tokenId: token.id,
      hash: 'cd'.repeat(32),
      createdAt: Date.UTC(2026, 0, 1),
      expiresAt: Date.UTC(2026, 0, 2),
    };

    it('keeps a session until it is removed, which one of several calls does', async () => {
      const { tokens, sessions } = await opened();
      await tokens.create(token);
      await sessions.create(session);
      expect(await sessions.find(session.id)).toEqual(session);
      expect(await sessions.findAll(['zzzzzzzzzzzz', session.id])).toEqual([session]);
      expect(await sessions.findAll([])).toEqual([]);
      const removed = await Promise.all([1, 2, 3].map(() => sessions.remove(session.id)));
      expect(removed.filter(Boolean)).toHaveLength(1);
      expect(await sessions.find(session.id)).toBeUndefined();
    });

    it('ends all sessions of one token', async () => {
      const { tokens, sessions } = await opened();
      await tokens.create(token);
      await tokens.create({ ...token, id: 'zzzzzzzzzzzz' });
      const other = { ...session, id: 'cccccccccccc', tokenId: 'zzzzzzzzzzzz' };
      for (const one of [session, { ...session, id: 'bbbbbbbbbbbb' }, other]) await sessions.create(one);
      await sessions.removeOf(token.id);
      expect(await Promise.all(['abcdefghijkl', 'bbbbbbbbbbbb'].map((id) => sessions.find(id)))).toEqual([
        undefined,
        undefined,
      ]);
      expect(await sessions.find(other.id)).toEqual(other);
    });

    it('removes expired ones when another is created', async () => {
      const { tokens, sessions } = await opened();
      await tokens.create(token);
      await sessions.create(session);
      const next = { ...session, id: 'bbbbbbbbbbbb', kind: 'link' as const, createdAt: session.expiresAt + 1 };
      await sessions.create(next);
      expect(await sessions.find(session.id)).toBeUndefined();
      expect(await sessions.find(next.id)).toEqual(next);
    });
  });

  describe(`${name} as a request store`, () => {
    it('keeps the first response under a key, for each owner', async () => {
      const { builds, requests } = await opened();
      const { build } = await createBuild(builds);
      const request = { owner: 'a', key: 'k', fingerprint: 'f', buildId: build.id, at: 100 };
      expect(await requests.find('a', 'k')).toBeUndefined();
      const many = Array.from({ length: 5 }, (_, index) => ({ ...request, fingerprint: `f${index}` }));
      const answers = await Promise.all(many.map((each) => requests.record(each, 0)));
      expect(new Set(answers.map(({ fingerprint }) => fingerprint)).size).toBe(1);
      expect(await requests.find('a', 'k')).toEqual(answers[0]);
      expect(await requests.record({ ...request, owner: 'b' }, 0)).toEqual({ ...request, owner: 'b' });
    });

    it('removes expired entries', async () => {
      const { builds, requests } = await opened();
      const { build } = await createBuild(builds);
      const request = { owner: 'a', key: 'k', fingerprint: 'f', buildId: build.id, at: 100 };
      await requests.record(request, 0);
      const later = { ...request, key: 'other', at: 200 };
      await requests.record(later, 150);
      expect(await requests.find('a', 'k')).toBeUndefined();
      expect(await requests.find('a', 'other')).toEqual(later);
    });
  });

  describe(`${name} as a keeper of cursors`, () => {
    it('starts after the recorded events, and resumes from the stored cursor', async () => {
      const { builds, cursors } = await opened();
      expect(await cursors.begin('early')).toBe(0);
      await createBuild(builds);
      const latest = await builds.lastSequence();
      expect(await cursors.begin('late')).toBe(latest);
      expect(await cursors.begin('early')).toBe(0);
      const lease = (await builds.acquireLease('a', 0, 1_000))!;
      await cursors.move('early', latest, lease);
      await createBuild(builds, { id: '0mh2k3v9zzzz', key: 'other', destination: 'registry.example/other' });
      expect([await cursors.begin('early'), await cursors.begin('late')]).toEqual([latest, latest]);
    });

    it('starts once under concurrent starts', async () => {
      const { builds, cursors } = await opened();
      await createBuild(builds);
      const begun = await Promise.all([1, 2, 3, 4, 5].map(() => cursors.begin('x')));
      expect(new Set(begun)).toEqual(new Set([await builds.lastSequence()]));
    });

    it('is moved only by the holder of the lease', async () => {
      const { builds, cursors } = await opened();
      await cursors.begin('x');
      const old = (await builds.acquireLease('a', 0, 1_000))!;
      const lease = (await builds.acquireLease('b', 2_000, 1_000))!;
      await expect(cursors.move('x', 7, old)).rejects.toMatchObject({ code: 'LeaseLost' });
      expect(await cursors.begin('x')).toBe(0);
      await cursors.move('x', 5, lease);
      expect(await cursors.begin('x')).toBe(5);
    });
  });

  it(`keeps the answer to a request together with the build that it made, on ${name}`, async () => {
    const { builds, requests } = await opened();
    const plan = samplePlan();
    const answer = { owner: 'a', key: 'k', fingerprint: 'f', at: 100 };
    const asked = { ...answer, keepAfter: 50 };
    const create = (id: string, request = asked) => {
      const build = sampleBuild(plan, { id });
      return builds.create(build, plan, [created(build)], { request });
    };
    const { build } = await create('0mh2k3v9aaaa');
    expect(await requests.find('a', 'k')).toEqual({ ...answer, buildId: build.id });
    // The process died before it answered the sender; when the sender retries, the build has ended.
    const ended = await builds.append(build, [buildFailed], 5);
    expect(await create('0mh2k3v9bbbb')).toEqual({ created: false, build: ended, displaced: [] });
    expect((await builds.list({ limit: 9 })).map(({ id }) => id)).toEqual([build.id]);
    expect(await create('0mh2k3v9cccc', { ...asked, at: 200, keepAfter: 150 })).toMatchObject({ created: true });
  });

  it(`counts builds by state, and the events, on ${name}`, async () => {
    const { builds } = await opened();
    expect([await builds.countByState(), await builds.lastSequence()]).toEqual([new Map(), 0]);
    const { build } = await createBuild(builds);
    await createBuild(builds, { id: '0mh2k3v9zzzz', key: 'other', destination: 'registry.example/other' });
    await builds.append(build, [{ type: 'build.cancelled' }], 5);
    expect(await builds.countByState()).toEqual(
      new Map([
        ['building', 1],
        ['cancelled', 1],
      ]),
    );
    const events = await builds.events({ after: 0, limit: 9 });
    expect(await builds.lastSequence()).toBe(events.at(-1)?.sequence);
    const ids = (await builds.list({ limit: 9, repository: build.repository })).map(({ id }) => id);
    expect(ids).toContain(build.id);
    expect(await builds.list({ limit: 9, repository: 'https://git.example/else.git' })).toEqual([]);
  });
}
