import { expect, it } from 'vitest';
import { publishedBuild, shownDigest } from '../../test/helpers/shown-builds.ts';
import { pinImage } from './pinned-image.ts';

it('pins the image of the platform, not the index', () => {
  const pinned = pinImage(publishedBuild(), { image: 'task', platform: 'linux/arm64' });
  expect(pinned.reference).toBe(`registry.example.com/lab/vecoli@${shownDigest('a')}`);
});

it('names the published images', () => {
  expect(() => pinImage(publishedBuild(), { image: 'app', platform: 'linux/arm64' })).toThrow(
    expect.objectContaining({
      code: 'ImageNotPublished',
      message: 'build 0mh2k3v9a1b2 published no image "app"',
      hint: 'name one of these with --image: task, submit',
    }),
  );
});

it('names the published platforms', () => {
  expect(() => pinImage(publishedBuild(), { image: 'submit', platform: 'linux/arm64' })).toThrow(
    expect.objectContaining({
      code: 'ImageNotPublished',
      platform: 'linux/arm64',
      message: 'build 0mh2k3v9a1b2 published no linux/arm64 image "submit"',
      hint: 'it is published for linux/amd64: name that with --platform, or build the commit for linux/arm64 too',
    }),
  );
});

it('refuses an image that was built but has no tag', () => {
  const build = publishedBuild();
  const onlySubmit = { ...build, tags: build.tags.filter(({ image }) => image === 'submit') };
  expect(() => pinImage(onlySubmit, { image: 'task', platform: 'linux/arm64' })).toThrow(/no image "task"/);
});
