import { expect, it } from 'vitest';
import { amd64, arm64, sampleBuild, samplePlan } from '../../../test/helpers/sample-builds.ts';
import { fromBuildRow, toBuildRow, toImageRow, toJobRow } from './build-rows.ts';

it('returns the images of a build stored by an earlier version in the order of the plan', () => {
  const plan = samplePlan();
  const build = sampleBuild(plan);
  const image = { image: 'task', stagingTag: 'staging', digest: 'sha256:1', mediaType: 'm', size: 1 };
  const readBack = [amd64, arm64].map((platform) => ({ ...image, platform }));
  const { images } = fromBuildRow(toBuildRow(build, plan), {
    jobs: build.jobs.map((job, position) => toJobRow(build.id, job, position)),
    attempts: [],
    images: readBack.map((each, position) => toImageRow(build.id, each, position)),
    tags: [],
  });
  expect(images.map(({ platform }) => platform)).toEqual([arm64, amd64]);
});
