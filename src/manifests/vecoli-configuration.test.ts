import { expect, it } from 'vitest';
import { publishedBuild, shownCommit, shownDigest } from '../../test/helpers/shown-builds.ts';
import { vecoliConfiguration } from './vecoli-configuration.ts';

const ecr = '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com';
const task = { image: 'task', platform: 'linux/arm64' } as const;
const build = publishedBuild({ destination: `${ecr}/vecoli` });
const platformTag = {
  tag: `${shownCommit}-arm64`,
  image: 'task',
  kind: 'image',
  platforms: ['linux/arm64'],
  moving: false,
  newDigest: shownDigest('a'),
  state: 'put',
} as const;

/** Parsed in the way of `run_ecr_script` in vEcoli's runscripts/workflow.py: repository and tag for its script. */
function readByWorkflow(image: string): readonly [repository: string, tag: string] {
  const host = image.includes('/') ? new URL(`http://${image.replace(/:[^/]*$/, '')}`).hostname : '';
  const short = /(?:^|\.)amazonaws\.com$/.test(host) ? image.slice(image.lastIndexOf('/') + 1) : image;
  const colon = short.lastIndexOf(':');
  return colon < 0 ? [short, 'latest'] : [short.slice(0, colon), short.slice(colon + 1)];
}

it('contains the section aws with the tag of the commit and the region of the registry', () => {
  expect(vecoliConfiguration(build, task)).toEqual({
    aws: {
      build_image: false,
      container_image: `vecoli:${shownCommit}`,
      region: 'us-gov-west-1',
      batch_queue: 'vecoli',
    },
  });
});

it.each(['vecoli', 'lab/models/vecoli'])('is parsed by the workflow as repository %s and the tag', (path) => {
  const { aws } = vecoliConfiguration({ ...build, destination: `${ecr}/${path}` }, task);
  expect(readByWorkflow(aws.container_image)).toEqual([path, shownCommit]);
});

it('would fail with a digest, and lose a path component with a full address', () => {
  expect(readByWorkflow(`${ecr}/vecoli@${shownDigest('a')}`)[0]).toBe('vecoli@sha256');
  expect(readByWorkflow(`${ecr}/lab/vecoli:${shownCommit}`)[0]).toBe('vecoli');
});

it('prefers the tag of the one platform if there is one, in any order', () => {
  for (const tags of [
    [...build.tags, platformTag],
    [platformTag, ...build.tags],
  ]) {
    const { aws } = vecoliConfiguration({ ...build, tags }, task);
    expect(aws.container_image).toBe(`vecoli:${shownCommit}-arm64`);
    const amd64 = vecoliConfiguration({ ...build, tags }, { ...task, platform: 'linux/amd64', queue: 'x86' });
    expect(amd64.aws).toMatchObject({ container_image: `vecoli:${shownCommit}`, batch_queue: 'x86' });
  }
});

it('never uses a moving tag', () => {
  const latest = { ...platformTag, tag: 'latest', moving: true };
  expect(vecoliConfiguration({ ...build, tags: [latest, ...build.tags] }, task).aws.container_image).toBe(
    `vecoli:${shownCommit}`,
  );
  expect(() => vecoliConfiguration({ ...build, tags: [latest] }, task)).toThrow(
    expect.objectContaining({ code: 'ImageNotPublished', message: expect.stringContaining('under moving tags only') }),
  );
});

it.each([
  [{ ...task, image: 'app' }, build, 'ImageNotPublished', 'published no image "app"'],
  [{ ...task, queue: 'a.b' }, build, 'ArgumentInvalid', '--queue is "a.b"'],
  [task, publishedBuild(), 'ArgumentInvalid', 'registry.example.com/lab/vecoli" is not at ECR'],
])('refuses %j', (options, from, code, message) => {
  expect(() => vecoliConfiguration(from, options)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});
