import { describe, expect, it } from 'vitest';
import type { BuildEvent } from '../../domain/build-event.ts';
import { makeDisplay } from './display.ts';
import { type Lane, laneAfter, newLane } from './lane.ts';
import { headerLine, laneLines, stripLine } from './lane-lines.ts';
import { textWidth } from './text-width.ts';

const job = { platform: 'linux/arm64', attempt: 1 } as const;
type Step = readonly [seconds: number, event: Extract<BuildEvent, { readonly platform: string }>];

function laneOf(...steps: readonly Step[]): Lane {
  return steps.reduce((lane, [seconds, event]) => laneAfter(lane, event, seconds * 1000), newLane('linux/arm64'));
}

const sent: Step = [0, { type: 'job.intended', ...job, name: 'x' }];
const started: Step = [2, { type: 'job.started', ...job, startedAt: 2_000, jobKey: 'k' }];
const emulated: Step = [2, { type: 'job.note', ...job, text: 'emulated: linux/arm64 on linux/amd64' }];

function begin(seconds: number, phase: 'tools' | 'clone' | 'build', image?: string): Step {
  return [seconds, { type: 'job.phase', ...job, phase, status: 'begin', ...(image && { image }) }];
}

function end(seconds: number, phase: 'tools' | 'clone' | 'build', image?: string, exitCode = 0): Step {
  return [seconds, { type: 'job.phase', ...job, phase, status: 'end', exitCode, ...(image && { image }) }];
}

const working = laneOf(
  sent,
  started,
  emulated,
  begin(2, 'tools'),
  end(2.5, 'tools'),
  begin(2.5, 'clone'),
  end(4.5, 'clone'),
  begin(4.5, 'build', 'task'),
);
const space = { width: 60, now: 74_000, display: makeDisplay() };

describe('the header', () => {
  it.each<[string, Lane, string]>([
    ['before anything', newLane('linux/arm64'), '· linux/arm64  waiting'],
    [
      'sent',
      laneOf(sent, [1, { type: 'job.queued', ...job, backendId: 'b', adopted: false }]),
      '· linux/arm64  queued                                   1m14s',
    ],
    ['at work', working, '▸ linux/arm64  build task · emulated                    1m12s'],
    [
      'being stopped',
      laneAfter(working, { type: 'job.stopping', ...job, why: 'sibling-failed' }, 0),
      '▸ linux/arm64  stopping: the other platform failed · …  1m12s',
    ],
    [
      'failed, and its duration stops',
      laneAfter(
        laneAfter(working, end(10, 'build', 'task', 2)[1], 10_000),
        { type: 'job.ended', ...job, result: 'failed', finishedAt: 10_000, phases: [] },
        11_000,
      ),
      '✗ linux/arm64  failed in build task · emulated             8s',
    ],
    [
      'sent again',
      laneAfter(working, { ...sent[1], attempt: 2 } as Step[1], 70_000),
      '· linux/arm64  waiting · attempt 2 · emulated              4s',
    ],
    [
      'done',
      laneAfter({ ...working, until: 50_000 }, { type: 'job.succeeded', platform: 'linux/arm64', images: [] }, 0),
      '✓ linux/arm64  done · emulated                            48s',
    ],
  ])('%s', (_, lane, expected) => {
    expect(headerLine(lane, { ...space, width: 61 })).toBe(expected);
  });
});

describe('the phase strip', () => {
  it('shows completed and current phases', () => {
    expect(stripLine(working, space)).toBe('  ✓ tools 0.5s  ✓ clone 2.0s  ▸ build task');
  });

  it('discards the phases of a run that the backend restarted', () => {
    const restarted = laneAfter(working, { type: 'job.restarted', ...job, reason: 'Host EC2 terminated' }, 9_000);
    expect(stripLine(laneAfter(restarted, begin(10, 'tools')[1], 10_000), space)).toBe('  ▸ tools');
  });

  it('drops the earliest phases if there is no room', () => {
    expect(stripLine(working, { ...space, width: 35 })).toBe('  …  ✓ clone 2.0s  ▸ build task');
    expect(stripLine(working, { ...space, width: 12 })).toBe('  …  ▸ buil…');
  });

  it('marks the phase that failed', () => {
    const failed = laneAfter(working, end(10, 'build', 'task', 2)[1], 10_000);
    expect(stripLine(failed, space)).toBe('  ✓ tools 0.5s  ✓ clone 2.0s  ✗ build task 5.5s');
  });

  it('marks the phase in which a job was stopped', () => {
    const stopped = laneAfter(working, { type: 'job.stopped', platform: 'linux/arm64' }, 9_000);
    expect(stripLine(stopped, space)).toBe('  ✓ tools 0.5s  ✓ clone 2.0s  ■ build task');
  });
});

it('shows the last log lines, sanitized and truncated to the width of the lane', () => {
  const log = ['not shown', '\u001b[31mred\u001b[0m\ttab', '10%\r60%\r100% done', '模型'.repeat(20)];
  const lines = laneLines(working, log, { ...space, width: 24, logRows: 3 });
  expect(lines.slice(2)).toEqual(['  │ red  tab', '  │ 100% done', '  │ 模型模型模型模型模…']);
  expect(lines.map(textWidth).every((width) => width <= 24)).toBe(true);
});

it('always has the same height', () => {
  expect(laneLines(newLane('linux/arm64'), [], { ...space, logRows: 2 })).toEqual([
    '· linux/arm64  waiting',
    '',
    '  │',
    '  │',
  ]);
});

it('uses colour if it is enabled', () => {
  const lines = laneLines(working, ['text'], { ...space, logRows: 1, display: makeDisplay({ colour: true }) });
  expect(lines[1]).toContain('\u001b[36m▸ build task\u001b[39m');
});
