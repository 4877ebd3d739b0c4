import { expect, it } from 'vitest';
import { failedBuild, publishedBuild, shownCommit, shownDigest } from '../../test/helpers/shown-builds.ts';
import { buildToJson, imagesToJson, summaryToJson } from './json.ts';

it('tells a build by names, ISO times, and nulls where there is nothing', () => {
  const json = buildToJson(publishedBuild({ finishedAt: undefined, state: 'building', tags: [], images: [] }));
  expect(json).toMatchObject({
    id: '0mh2k3v9a1b2',
    state: 'building',
    recipe: 'vecoli',
    repository: 'https://git.example.com/lab/vecoli.git',
    commit: shownCommit,
    reference: 'main',
    destination: 'registry.example.com/lab/vecoli',
    createdAt: '2026-03-04T05:06:07.000Z',
    finishedAt: null,
    seconds: null,
    images: [],
    tags: [],
    failure: null,
  });
});

it('tells an attempt without what only concerns the machinery', () => {
  const [job] = buildToJson(publishedBuild()).jobs;
  expect(job?.attempts[0]).toEqual({
    number: 1,
    state: 'ended',
    startedAt: '2026-03-04T05:06:08.000Z',
    finishedAt: '2026-03-04T05:06:48.000Z',
    seconds: 40,
    exitCode: 0,
    phases: [
      { phase: 'tools', image: null, startSeconds: 0, seconds: 0.5, exitCode: 0 },
      { phase: 'clone', image: null, startSeconds: 0.5, seconds: 2, exitCode: 0 },
      { phase: 'build', image: 'task', startSeconds: 2.5, seconds: 37, exitCode: 0 },
      { phase: 'cleanup', image: null, startSeconds: 39.5, seconds: 0.25, exitCode: 0 },
    ],
    failure: null,
    stopping: null,
  });
});

it('tells tags and images so that they can be pulled', () => {
  const { tags, images } = imagesToJson(publishedBuild());
  expect(tags[0]).toEqual({
    tag: shownCommit,
    reference: `registry.example.com/lab/vecoli:${shownCommit}`,
    image: 'task',
    kind: 'index',
    platforms: ['linux/arm64', 'linux/amd64'],
    digest: shownDigest('d'),
    previousDigest: null,
    state: 'put',
    moving: false,
  });
  expect(images[0]).toEqual({
    image: 'task',
    platform: 'linux/arm64',
    digest: shownDigest('a'),
    reference: `registry.example.com/lab/vecoli@${shownDigest('a')}`,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 40_960_000,
  });
});

it('tells a failure whole', () => {
  expect(buildToJson(failedBuild()).failure).toMatchObject({
    code: 'JobFailed',
    platform: 'linux/arm64',
    phase: 'build',
    image: 'task',
    reason: 'step-failed',
    exitCode: 2,
    backendReason: null,
    logTail: ['gcc -O2 -c sim.c', 'sim.c:7:3: error: unknown type name', 'make: *** [sim.o] Error 1'],
  });
});

it('survives JSON unchanged: nothing is undefined', () => {
  const json = buildToJson(failedBuild());
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(Object.keys(summaryToJson(publishedBuild()))).toEqual([
    'id',
    'state',
    'recipe',
    'repository',
    'commit',
    'reference',
    'destination',
    'createdAt',
    'finishedAt',
    'seconds',
  ]);
});
