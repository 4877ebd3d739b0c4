import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryBuild } from '../../test/helpers/arbitrary-builds.ts';
import { amd64, arm64, sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import { attemptName, type Build, hasLeftovers, isEnded, type TagMove } from './build.ts';
import type { BuildEvent } from './build-event.ts';
import { evolve, evolveAll, nextAttemptNumber } from './evolve.ts';
import type { Platform } from './platform.ts';

const fresh = sampleBuild(samplePlan());
const at = fresh.createdAt + 1000;
const image = { image: 'task', stagingTag: 'staging', digest: 'sha256:1', mediaType: 'm', size: 1 };
const failure = { code: 'JobFailed', message: 'failed', hint: 'mend it', infrastructure: false } as const;
const move: TagMove = {
  tag: 'latest',
  image: 'task',
  kind: 'index',
  platforms: [arm64, amd64],
  moving: true,
  newDigest: 'sha256:2',
  state: 'planned',
};

function intended(number: number): BuildEvent {
  return { type: 'job.intended', platform: arm64, attempt: number, name: attemptName(fresh.id, arm64, number) };
}

function attemptOf(build: Build, number = 1) {
  return build.jobs[0]?.attempts.find((attempt) => attempt.number === number);
}

describe('evolve', () => {
  it('counts every event and records when the build last changed', () => {
    const build = evolveAll(fresh, [intended(1), { type: 'build.cancel-requested' }], at);
    expect(build).toMatchObject({ version: 3, updatedAt: at, cancelRequestedAt: at });
  });

  it('follows an attempt from its intent to its end', () => {
    const steps: readonly (readonly [BuildEvent, object])[] = [
      [intended(1), { state: 'intended', intendedAt: at, sentAt: at, uncertain: false, released: false }],
      [
        { type: 'job.send-unknown', platform: arm64, attempt: 1, reason: 'lost' },
        { state: 'intended', uncertain: true },
      ],
      [
        { type: 'job.resent', platform: arm64, attempt: 1 },
        { uncertain: true, sentAt: at },
      ],
      [
        { type: 'job.queued', platform: arm64, attempt: 1, backendId: 'b', adopted: true },
        { state: 'queued', backendId: 'b' },
      ],
      [
        { type: 'job.started', platform: arm64, attempt: 1, startedAt: 7, jobKey: 'k' },
        { state: 'running', startedAt: 7, jobKey: 'k' },
      ],
      [{ type: 'job.missing', platform: arm64, attempt: 1 }, { missingSince: at }],
      [{ type: 'job.found', platform: arm64, attempt: 1 }, { missingSince: undefined }],
      [{ type: 'job.stopping', platform: arm64, attempt: 1, why: 'cancelled' }, { stopping: { at, why: 'cancelled' } }],
      [{ type: 'job.duplicate-terminated', platform: arm64, attempt: 1, backendId: 'c' }, { duplicates: ['c'] }],
      [
        { type: 'job.ended', platform: arm64, attempt: 1, result: 'stopped', finishedAt: 9, exitCode: 143, phases: [] },
        { state: 'ended', finishedAt: 9, exitCode: 143 },
      ],
      [{ type: 'job.released', platform: arm64, attempt: 1 }, { released: true }],
    ];
    let build = fresh;
    for (const [event, expected] of steps) {
      build = evolve(build, event, at);
      expect(attemptOf(build), event.type).toMatchObject(expected);
    }
    expect(build.jobs[1]).toBe(fresh.jobs[1]);
  });

  it('tracks a released attempt again after a late send is recorded', () => {
    const over = evolveAll(fresh, [intended(1), { type: 'job.released', platform: arm64, attempt: 1 }], at);
    expect(hasLeftovers(over)).toBe(false);
    expect(hasLeftovers(evolve(over, { type: 'job.resent', platform: arm64, attempt: 1 }, at))).toBe(true);
  });

  it('follows a job from its attempt to its end', () => {
    const built = evolveAll(
      fresh,
      [
        intended(1),
        { type: 'job.ended', platform: arm64, attempt: 1, result: 'succeeded', finishedAt: at, phases: [] },
      ],
      at,
    );
    expect(built.jobs[0]?.state).toBe('built');
    expect(evolve(built, { type: 'job.succeeded', platform: arm64, images: [] }, at).jobs[0]?.state).toBe('succeeded');
    expect(evolve(built, { type: 'job.failed', platform: arm64, failure }, at).jobs[0]).toMatchObject({
      state: 'failed',
      failure,
    });
    expect(evolve(built, { type: 'job.stopped', platform: arm64 }, at).jobs[0]?.state).toBe('stopped');
    expect(evolve(built, { type: 'job.attempt-failed', platform: arm64, failure }, at).jobs[0]?.state).toBe('pending');
  });

  it('replaces the images of a platform, never those of the other', () => {
    const first = evolve(
      fresh,
      { type: 'job.succeeded', platform: arm64, images: [{ ...image, platform: arm64 }] },
      at,
    );
    const both = evolve(first, { type: 'job.succeeded', platform: amd64, images: [{ ...image, platform: amd64 }] }, at);
    const rebuilt = evolve(
      both,
      { type: 'job.succeeded', platform: arm64, images: [{ ...image, platform: arm64, digest: 'sha256:9' }] },
      at,
    );
    expect(rebuilt.images.map(({ platform, digest }) => [platform, digest])).toEqual([
      [arm64, 'sha256:9'],
      [amd64, 'sha256:1'],
    ]);
  });

  it('keeps the images in the order of the plan if the later platform is read back first', () => {
    const steps = (platform: Platform): BuildEvent => ({
      type: 'job.succeeded',
      platform,
      images: ['task', 'submit'].map((name) => ({ ...image, image: name, platform })),
    });
    const build = evolveAll(fresh, [steps(amd64), steps(arm64)], at);
    expect(build.images.map((built) => [built.platform, built.image])).toEqual([
      [arm64, 'task'],
      [arm64, 'submit'],
      [amd64, 'task'],
      [amd64, 'submit'],
    ]);
  });

  it('follows a publication', () => {
    const planned = evolveAll(fresh, [{ type: 'publish.started' }, { type: 'publish.planned', tags: [move] }], at);
    expect(planned).toMatchObject({ state: 'publishing', tags: [move] });
    expect(evolve(planned, { type: 'publish.tag-put', tag: 'latest', digest: 'd' }, at).tags[0]?.state).toBe('put');
    expect(evolve(planned, { type: 'publish.tag-kept', tag: 'latest', digest: 'd' }, at).tags[0]?.state).toBe('kept');
    expect(evolve(planned, { type: 'publish.tag-reverted', tag: 'latest' }, at).tags[0]?.state).toBe('reverted');
    expect(evolve(planned, { type: 'publish.refused', failure }, at)).toMatchObject({ state: 'publishing', failure });
    expect(evolve(planned, { type: 'build.published' }, at)).toMatchObject({ state: 'published', finishedAt: at });
  });

  it('records a wait without counting it as a change of the build', () => {
    const waiting = evolve(fresh, { type: 'publish.waiting', reason: 'no answer' }, at);
    expect(waiting).toMatchObject({ waitingFor: 'no answer', updatedAt: fresh.updatedAt });
    expect(evolve(waiting, { type: 'build.cancel-requested' }, at).waitingFor).toBeUndefined();
  });

  it('resets a retried build, but only the named platforms', () => {
    const failed = evolveAll(
      fresh,
      [
        ...[intended(1), { type: 'job.failed', platform: arm64, failure } as const],
        { type: 'job.succeeded', platform: amd64, images: [{ ...image, platform: amd64 }] },
        ...[{ type: 'build.cancel-requested' } as const, { type: 'build.failed', failure } as const],
      ],
      at,
    );
    expect(failed).toMatchObject({ state: 'failed', finishedAt: at, failure });
    const retried = evolve(failed, { type: 'build.retried', platforms: [arm64] }, at + 1);
    expect(retried).toMatchObject({ state: 'building', tags: [], images: [{ platform: amd64 }] });
    expect([retried.failure, retried.finishedAt, retried.cancelRequestedAt]).toEqual([undefined, undefined, undefined]);
    expect(retried.jobs.map(({ state, firstAttempt }) => [state, firstAttempt])).toEqual([
      ['pending', 2],
      ['succeeded', 1],
    ]);
  });

  it('never reuses the number of an attempt', () => {
    const job = evolveAll(
      fresh,
      [intended(1), { type: 'build.failed', failure }, { type: 'build.retried', platforms: [arm64] }],
      at,
    ).jobs[0];
    expect(job && nextAttemptNumber(job)).toBe(2);
  });

  it('never mutates its input, and changes only what the event concerns', () => {
    const events = fc.constantFrom<BuildEvent>(
      intended(9),
      { type: 'job.queued', platform: amd64, attempt: 1, backendId: 'b', adopted: false },
      { type: 'job.released', platform: arm64, attempt: 2 },
      { type: 'publish.tag-put', tag: 'none', digest: 'd' },
      { type: 'build.retried', platforms: [amd64] },
      { type: 'build.cancelled' },
    );
    fc.assert(
      fc.property(arbitraryBuild, events, (build, event) => {
        const before = structuredClone(build);
        const after = evolve(build, event, at);
        expect(build).toEqual(before);
        expect(after.version).toBe(build.version + 1);
        for (const [index, job] of build.jobs.entries()) {
          if ('platform' in event && event.platform !== job.platform) expect(after.jobs[index]).toBe(job);
        }
        if (!event.type.startsWith('build.')) expect(isEnded(after)).toBe(isEnded(build));
      }),
    );
  });
});
