import { expect, it } from 'vitest';
import { failedBuild, publishedBuild, shownCommit, shownDigest } from '../../test/helpers/shown-builds.ts';
import { buildToJson, imagesToJson, summaryToJson } from './json.ts';

it('describes a build with names, ISO times, and null for absent values', () => {
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

it('describes an attempt without internal fields', () => {
  const [job] = buildToJson(publishedBuild()).jobs;
  expect(job?.attempts[0]).toEqual({
    number: 1,
    state: 'ended',
    queuedAt: '2026-03-04T05:06:07.000Z',
    startedAt: '2026-03-04T05:06:08.000Z',
    finishedAt: '2026-03-04T05:06:48.000Z',
    seconds: 40,
    waitingSeconds: 1,
    waitingFor: null,
    exitCode: 0,
    phases: [
      { phase: 'tools', image: null, startSeconds: 0, seconds: 0.5, exitCode: 0, cache: null },
      { phase: 'clone', image: null, startSeconds: 0.5, seconds: 2, exitCode: 0, cache: null },
      { phase: 'build', image: 'task', startSeconds: 2.5, seconds: 37, exitCode: 0, cache: null },
      { phase: 'cleanup', image: null, startSeconds: 39.5, seconds: 0.25, exitCode: 0, cache: null },
    ],
    failure: null,
    stopping: null,
  });
});

it('describes the jobs of a list with how long they waited and ran', () => {
  const [arm64] = publishedBuild().jobs;
  const [done] = arm64?.attempts ?? [];
  if (arm64 === undefined || done === undefined) throw new Error('the sample has no attempt');
  const waiting = { ...done, startedAt: undefined, finishedAt: undefined, waitingFor: 'no instance is free' };
  const jobs = [arm64, { ...arm64, attempts: [done, { ...waiting, number: 2 }] }, { ...arm64, attempts: [] }];
  const shown = summaryToJson(publishedBuild({ jobs })).jobs;
  expect(shown).toMatchObject([
    {
      platform: 'linux/arm64',
      state: 'succeeded',
      attempt: 1,
      waitingSeconds: 1,
      runningSeconds: 40,
      waitingFor: null,
    },
    { attempt: 2, startedAt: null, waitingSeconds: null, runningSeconds: null, waitingFor: 'no instance is free' },
    { attempt: null, queuedAt: null, startedAt: null, finishedAt: null, waitingSeconds: null, runningSeconds: null },
  ]);
});

it('describes tags and images with references to pull', () => {
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
    bases: null,
  });
});

it('includes every field of a failure', () => {
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

it('survives a JSON round trip, since nothing is undefined', () => {
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
    'queue',
    'supersededBy',
    'branch',
    'submittedBy',
    'subject',
    'author',
    'jobs',
  ]);
});
