import { expect, it } from 'vitest';
import { apiBed, commit, destination } from '../../../test/helpers/api-bed.ts';
import { amd64, samplePlan } from '../../../test/helpers/sample-builds.ts';
import { publishedBuild } from '../../../test/helpers/shown-builds.ts';

const promote = (payload: object) => ({ method: 'POST', url: '/v1/promotions', payload }) as const;

async function bedWithBuild(built: { destination: string }) {
  const bed = await apiBed();
  const digest = bed.registry.push(commit, amd64, 'salt');
  const [first] = publishedBuild().tags;
  const build = publishedBuild({ ...built, tags: [{ ...first!, newDigest: digest }] });
  await bed.stores.builds.create(build, samplePlan(), []);
  return { ...bed, digest, build };
}

it('moves a tag to what a commit published, and records the caller', async () => {
  const { call, token, registry, stores, digest, build } = await bedWithBuild({ destination });
  const headers = await token('build', 'releases');
  const answer = await call({ ...promote({ commit: commit.slice(0, 7), tag: 'stable' }), headers });
  const promotion = { buildId: build.id, reference: `${destination}:stable`, digest };
  expect([answer.status, answer.json], answer.text).toEqual([200, promotion]);
  expect(registry.peek('stable')).toBe(digest);
  const [event] = await stores.builds.events({ buildId: build.id, after: 0, limit: 9 });
  expect(event?.event).toEqual({ type: 'build.promoted', tag: 'stable', digest, by: 'releases' });
  const again = await call({ ...promote({ commit, tag: 'stable' }), headers });
  expect(again.json).toEqual({ ...promotion, oldDigest: digest });
});

it.each([
  ['a commit without a build', { commit: 'abcdef0', tag: 'stable' }, 404, 'ImageNotPublished'],
  ['what is no commit', { commit: 'main', tag: 'stable' }, 404, 'ImageNotPublished'],
  ['a tag that builds publish', { commit, tag: commit }, 422, 'ArgumentInvalid'],
  ['an image that the build has not', { commit, tag: 'stable', image: 'nosuch' }, 404, 'ImageNotPublished'],
  ['no tag', { commit }, 400, 'RequestInvalid'],
])('refuses %s', async (_what, payload, status, code) => {
  const { call } = await bedWithBuild({ destination });
  const answer = await call(promote(payload));
  expect([answer.status, answer.json['code']], answer.text).toEqual([status, code]);
});

it('replaces a tag of an unknown owner only with force', async () => {
  const { call, registry, digest } = await bedWithBuild({ destination });
  const foreign = registry.push('stable', amd64, 'foreign');
  const refused = await call(promote({ commit, tag: 'stable' }));
  expect([refused.status, refused.json['code']], refused.text).toEqual([409, 'TagExists']);
  expect(registry.peek('stable')).toBe(foreign);
  const taken = await call(promote({ commit, tag: 'stable', force: true }));
  expect([taken.status, registry.peek('stable')], taken.text).toEqual([200, digest]);
});

it('moves no tag of a destination that is not allowed', async () => {
  const { call, registry } = await bedWithBuild({ destination: 'registry.example/other/model' });
  const answer = await call(promote({ commit, tag: 'stable' }));
  expect([answer.status, answer.json['code']]).toEqual([403, 'NotAllowedHere']);
  expect(registry.peek('stable')).toBeUndefined();
});
