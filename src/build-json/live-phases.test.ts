import { expect, it } from 'vitest';
import { sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import type { BuildEvent, RecordedEvent } from '../domain/build-event.ts';
import { evolveAll } from '../domain/evolve.ts';
import { withLivePhases } from './live-phases.ts';

const job = { platform: 'linux/arm64', attempt: 1 } as const;
const started = { type: 'job.started', ...job, startedAt: 1_000, jobKey: 'key' } as const;
const build = evolveAll(sampleBuild(samplePlan()), [{ type: 'job.intended', ...job, name: 'job' }, started], 1_000);

function phase(name: 'tools' | 'clone', status: 'begin' | 'end'): BuildEvent {
  return { type: 'job.phase', ...job, phase: name, status, ...(status === 'end' && { exitCode: 0 }) };
}

/** Events one second apart, from 2 s on. */
function livePhases(...events: readonly BuildEvent[]) {
  const recorded = events.map((event, n): RecordedEvent => {
    return { sequence: n, buildId: build.id, at: 2_000 + n * 1_000, event };
  });
  return withLivePhases(build, recorded).jobs.find(({ platform }) => platform === job.platform)?.attempts[0]?.phases;
}

it('times the phases of a running attempt from its events', () => {
  expect(livePhases(phase('tools', 'begin'), phase('tools', 'end'), phase('clone', 'begin'))).toEqual([
    { phase: 'tools', image: undefined, startSeconds: 1, seconds: 1, exitCode: 0 },
    { phase: 'clone', image: undefined, startSeconds: 3 },
  ]);
});

it('discards the phases of a restarted run, and of no other job', () => {
  const restarted = { type: 'job.restarted', ...job, reason: 'Host EC2 terminated' } as const;
  const events = [phase('tools', 'begin'), phase('clone', 'begin')];
  expect(livePhases(...events, restarted, phase('tools', 'begin'))).toMatchObject([
    { phase: 'tools', startSeconds: 4 },
  ]);
  expect(livePhases(...events, { ...restarted, platform: 'linux/amd64' })).toHaveLength(2);
});
