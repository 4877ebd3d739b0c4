import type { Attempt, Build, BuiltImage, Job } from '../../src/domain/build.ts';
import type { Failure, PhaseSpan } from '../../src/domain/failure.ts';
import type { Platform } from '../../src/domain/platform.ts';

/** 2026-03-04 05:06:07 UTC. */
export const shownTime = Date.UTC(2026, 2, 4, 5, 6, 7);
export const shownCommit = '3f2c1a9b7d5e4f60718293a4b5c6d7e8f9012345';

export function shownDigest(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

/** A published build of two images, `task` on both platforms and `submit` on amd64. */
export function publishedBuild(changes: Partial<Build> = {}): Build {
  return {
    id: '0mh2k3v9a1b2',
    key: 'key',
    version: 30,
    state: 'published',
    recipe: 'vecoli',
    repository: 'https://git.example.com/lab/vecoli.git',
    commit: shownCommit,
    reference: 'main',
    destination: 'registry.example.com/lab/vecoli',
    force: false,
    timeouts: { waitSeconds: 1800, runSeconds: 7200 },
    createdAt: shownTime,
    updatedAt: shownTime + 42_000,
    finishedAt: shownTime + 42_000,
    jobs: [shownJob('linux/arm64', 40), shownJob('linux/amd64', 12)],
    images: [
      shownImage('task', 'linux/arm64', 'a', 40_960_000),
      shownImage('task', 'linux/amd64', 'b', 39_100_000),
      shownImage('submit', 'linux/amd64', 'c', 181_000_000),
    ],
    tags: [
      {
        tag: shownCommit,
        image: 'task',
        kind: 'index',
        platforms: ['linux/arm64', 'linux/amd64'],
        moving: false,
        newDigest: shownDigest('d'),
        state: 'put',
      },
      {
        tag: `${shownCommit}-submit`,
        image: 'submit',
        kind: 'image',
        platforms: ['linux/amd64'],
        moving: false,
        newDigest: shownDigest('c'),
        state: 'put',
      },
    ],
    ...changes,
  };
}

/** The arm64 half failed in its second attempt; the amd64 half succeeded before. */
export function failedBuild(): Build {
  const failure: Failure = {
    code: 'JobFailed',
    message: 'the linux/arm64 job failed in phase build of image task with exit code 2: make failed',
    hint: 'fix the error in the last log lines, then build the new commit; if the cause was external, run `twinhull retry`',
    platform: 'linux/arm64',
    phase: 'build',
    image: 'task',
    reason: 'step-failed',
    exitCode: 2,
    logTail: ['gcc -O2 -c sim.c', 'sim.c:7:3: error: unknown type name', 'make: *** [sim.o] Error 1'],
    infrastructure: false,
  };
  const phases: PhaseSpan[] = [
    { phase: 'tools', startSeconds: 0, seconds: 0.5, exitCode: 0 },
    { phase: 'clone', startSeconds: 0.5, seconds: 2, exitCode: 0 },
    { phase: 'build', image: 'task', startSeconds: 2.5, seconds: 7.5, exitCode: 2 },
  ];
  const arm64 = shownJob('linux/arm64', 10);
  return publishedBuild({
    state: 'failed',
    failure,
    tags: [],
    jobs: [
      {
        ...arm64,
        state: 'failed',
        failure,
        attempts: [
          shownAttempt('linux/arm64', 1, 3, []),
          { ...shownAttempt('linux/arm64', 2, 10, phases), exitCode: 47, failure },
        ],
      },
      shownJob('linux/amd64', 12),
    ],
  });
}

export function shownJob(platform: Platform, seconds: number): Job {
  const images = platform === 'linux/amd64' ? ['task', 'submit'] : ['task'];
  const share = (seconds - 3) / images.length;
  const phases: PhaseSpan[] = [
    { phase: 'tools', startSeconds: 0, seconds: 0.5, exitCode: 0 },
    { phase: 'clone', startSeconds: 0.5, seconds: 2, exitCode: 0 },
    ...images.map((image, index) => ({
      phase: 'build' as const,
      image,
      startSeconds: 2.5 + index * share,
      seconds: share,
      exitCode: 0,
    })),
    { phase: 'cleanup', startSeconds: seconds - 0.5, seconds: 0.25, exitCode: 0 },
  ];
  return {
    platform,
    state: 'succeeded',
    firstAttempt: 1,
    attempts: [{ ...shownAttempt(platform, 1, seconds, phases), exitCode: 0 }],
  };
}

export function shownAttempt(
  platform: Platform,
  number: number,
  seconds: number,
  phases: readonly PhaseSpan[],
): Attempt {
  return {
    number,
    name: `twinhull-0mh2k3v9a1b2-${platform.slice(6)}-${number}`,
    state: 'ended',
    intendedAt: shownTime,
    sentAt: shownTime,
    uncertain: false,
    duplicates: [],
    startedAt: shownTime + 1_000,
    finishedAt: shownTime + 1_000 + seconds * 1000,
    phases,
    released: true,
  };
}

function shownImage(image: string, platform: Platform, digit: string, size: number): BuiltImage {
  const stagingTag = `staging-${image}-${platform.slice(6)}-0123456789ab`;
  return {
    image,
    platform,
    stagingTag,
    digest: shownDigest(digit),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size,
  };
}
