import { expect, it } from 'vitest';
import { createBuild } from '../../../test/contract/build-store/open-store.ts';
import { apiBed } from '../../../test/helpers/api-bed.ts';
import { publishedBuild, shownDigest } from '../../../test/helpers/shown-builds.ts';
import { manifestsSchema } from '../schemas/answers.ts';
import { buildEstimateSchema } from '../schemas/plan-schema.ts';

it('returns the documents that run a published image, pinned by digest', async () => {
  const bed = await apiBed();
  const shown = publishedBuild({ destination: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/lab/vecoli' });
  const load = bed.stores.builds.load.bind(bed.stores.builds);
  bed.stores.builds.load = async (id) => (id === shown.id ? shown : load(id));
  const ask = (query: string) => bed.call({ method: 'GET', url: `/v1/builds/${shown.id}/manifests?${query}` });
  const found = manifestsSchema.parse((await ask('image=submit&platform=linux/amd64')).json);
  const digest = `@${shownDigest('c')}`;
  expect(JSON.parse(found.batch ?? '')).toMatchObject({ jobDefinitionName: 'vecoli-submit-amd64' });
  for (const text of [found.batch, found.kubernetes]) expect(text).toContain(digest);
  expect(found.kubernetes).toMatch(/^apiVersion: batch\/v1\nkind: Job\n/);
  expect(JSON.parse(found.vecoli ?? '')).toMatchObject({ aws: { region: 'us-gov-west-1' } });
  expect((await ask('image=submit&platform=linux/arm64')).json).toMatchObject({ code: 'ImageNotPublished' });
  expect((await ask('image=none&platform=linux/arm64')).json).toMatchObject({ code: 'ImageNotPublished' });
  expect((await ask('image=task')).status).toBe(400);

  const elsewhere = publishedBuild();
  bed.stores.builds.load = async () => elsewhere;
  expect((await ask('image=task&platform=linux/arm64')).json).toMatchObject({
    kubernetes: null,
    vecoli: null,
  });
});

it('estimates a build from earlier ones, and counts those ahead of it', async () => {
  const bed = await apiBed();
  const { build } = await createBuild(bed.stores.builds);
  const { json } = await bed.call({ method: 'GET', url: `/v1/builds/${build.id}/estimate` });
  expect(buildEstimateSchema.parse(json)).toMatchObject({ ahead: 0, builds: 0, buildSeconds: null, cost: null });
  expect(json['jobs']).toHaveLength(2);
  expect((await bed.call({ method: 'GET', url: '/v1/builds/000000000000/estimate' })).status).toBe(404);
});
