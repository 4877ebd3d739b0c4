import { expect, it } from 'vitest';
import { failedBuild, publishedBuild, shownAttempt, shownTime } from '../../../test/helpers/shown-builds.ts';
import { withLivePhases } from '../../build-json/live-phases.ts';
import type { Build } from '../../domain/build.ts';
import type { BuildEvent, RecordedEvent } from '../../domain/build-event.ts';
import { makeDisplay } from './display.ts';
import { renderStatus } from './status.ts';

const display = makeDisplay({ columns: 60 });

it('draws the phases of all jobs on one scale', () => {
  const text = renderStatus(publishedBuild(), shownTime + 180_000, display);
  expect(text).toContain(
    `build 0mh2k3v9a1b2 · published · vecoli at 3f2c1a9 (main)
  commit     3f2c1a9b7d5e4f60718293a4b5c6d7e8f9012345
  from       https://git.example.com/lab/vecoli.git
  to         registry.example.com/lab/vecoli
  submitted  3 min ago, took 42s

linux/arm64  succeeded · 40s
  tools           0.5s  █
  clone           2.0s  ██
  build task       37s    ████████████████████████████████
  cleanup         0.3s                                   █

linux/amd64  succeeded · 12s
  tools           0.5s  █
  clone           2.0s  ██
  build task      4.5s    ████
  build submit    4.5s        ████
  cleanup         0.3s            █
`,
  );
});

it('shows the subject and author of the commit on one line each, without control characters', () => {
  const labels = { subject: 'Fix \u001b[31mthe\u202e\ncell', author: 'Ada <b>' };
  const text = renderStatus(publishedBuild(labels), shownTime, display);
  expect(text).toContain('9012345\n  subject    Fix the cell\n  author     Ada <b>\n  from ');
});

it('marks and explains the failed phase', () => {
  const text = renderStatus(failedBuild(), shownTime + 60_000, display);
  expect(text).toContain('linux/arm64  failed · attempt 2 · 10s · exit code 47\n');
  expect(text).toMatch(/ {2}build task {6}7\.5s {2} +█+ ✗\n/);
  expect(text).toContain('\nfailure\n  platform   linux/arm64, attempt 2\n');
});

it('shows a running job up to now, from its events', () => {
  const running: Build = publishedBuild({
    state: 'building',
    finishedAt: undefined,
    tags: [],
    jobs: [
      {
        platform: 'linux/arm64',
        state: 'active',
        firstAttempt: 1,
        attempts: [{ ...shownAttempt('linux/arm64', 1, 0, []), state: 'running', finishedAt: undefined }],
      },
      { platform: 'linux/amd64', state: 'pending', firstAttempt: 1, attempts: [] },
    ],
  });
  const events = [
    phaseEvent(1_000, 'tools', 'begin'),
    phaseEvent(3_500, 'tools', 'end'),
    phaseEvent(3_500, 'clone', 'begin'),
  ];
  const text = renderStatus(withLivePhases(running, events), shownTime + 11_000, display);
  expect(text).toContain('linux/arm64  running · 10s\n');
  expect(text).toContain('  tools    2.5s  ██████████\n');
  expect(text).toMatch(/ {2}clone {4}7\.5s {2} {10}▒{31}\n/);
  expect(text).toContain('running for 11s');
  expect(text).toContain('\nlinux/amd64  pending\n');
});

function phaseEvent(after: number, phase: 'tools' | 'clone', status: 'begin' | 'end'): RecordedEvent {
  const event: BuildEvent = {
    type: 'job.phase',
    platform: 'linux/arm64',
    attempt: 1,
    phase,
    status,
    ...(status === 'end' && { exitCode: 0 }),
  };
  return { sequence: after, buildId: '0mh2k3v9a1b2', at: shownTime + after, event };
}

it('names the build that it waits for, and the one that superseded it', () => {
  const title = (change: Partial<Build>): string | undefined =>
    renderStatus(publishedBuild({ finishedAt: undefined, ...change }), shownTime, makeDisplay({ columns: 120 })).split(
      '\n',
    )[0];
  const queue = { behind: '0mh2k3v90000', whenBusy: 'queue-newest' } as const;
  expect(title({ state: 'waiting', queue })).toContain(' · waiting for build 0mh2k3v90000 (queue-newest) · ');
  const supersededBy = '0mh2k3v9zzzz';
  expect(title({ state: 'building', cancelRequestedAt: shownTime, supersededBy })).toContain(
    ' · building, being superseded by build 0mh2k3v9zzzz · ',
  );
  expect(title({ state: 'superseded', cancelRequestedAt: shownTime, supersededBy })).toContain(
    ' · superseded by build 0mh2k3v9zzzz · ',
  );
});
