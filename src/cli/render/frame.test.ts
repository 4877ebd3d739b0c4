import { describe, expect, it } from 'vitest';
import type { BuildEvent } from '../../domain/build-event.ts';
import { type BuildView, emptyView, viewAfter } from './build-view.ts';
import { makeDisplay } from './display.ts';
import { type Frame, finalLines, frameLines } from './frame.ts';
import { textWidth } from './text-width.ts';

function viewOf(...events: readonly BuildEvent[]): BuildView {
  return events.reduce(
    (view, event, index) => viewAfter(view, { sequence: index, buildId: '0mh2k3v9a1b2', at: 0, event }),
    emptyView,
  );
}

const created: BuildEvent = {
  type: 'build.created',
  commit: '3f2c1a9b7d',
  recipe: 'vecoli',
  platforms: ['linux/arm64', 'linux/amd64'],
};
const started: BuildEvent = { type: 'job.started', platform: 'linux/arm64', attempt: 1, startedAt: 0, jobKey: 'k' };

function frame(view: BuildView, columns: number, rows: number): Frame {
  return {
    view,
    logOf: (platform) => [`log of ${platform}`],
    interruptHint: 'Ctrl-C cancels the build',
    now: 5_000,
    display: makeDisplay({ columns, rows }),
  };
}

it('stacks lanes in a narrow terminal', () => {
  expect(frameLines(frame(viewOf(created, started), 72, 12))).toEqual([
    '▸ linux/arm64  running                                               5s',
    '',
    '  │ log of linux/arm64',
    '  │',
    '',
    '· linux/amd64  waiting',
    '',
    '  │ log of linux/amd64',
    '  │',
    '',
    'vecoli at 3f2c1a9 · build 0mh2k3v9a1b2 · 5s    Ctrl-C cancels the build',
  ]);
});

it('places lanes side by side from 100 columns on', () => {
  expect(frameLines(frame(viewOf(created, started), 100, 8))).toEqual([
    '▸ linux/arm64  running                        5s   · linux/amd64  waiting',
    '',
    '  │ log of linux/arm64                               │ log of linux/amd64',
    '  │                                                  │',
    '  │                                                  │',
    '',
    'vecoli at 3f2c1a9 · build 0mh2k3v9a1b2 · 5s                                Ctrl-C cancels the build',
  ]);
});

describe('the bottom line', () => {
  const bottom = (...events: readonly BuildEvent[]): string | undefined =>
    frameLines(frame(viewOf(...events), 100, 24))
      .at(-1)
      ?.replace(/ {2,}/, ' | ');

  it('shows that the build is starting', () => {
    expect(bottom()).toBe('starting | Ctrl-C cancels the build');
  });

  it('explains what a second Ctrl-C does', () => {
    expect(bottom(created, { type: 'build.cancel-requested' })).toBe(
      'cancelling · vecoli at 3f2c1a9 · build 0mh2k3v9a1b2 · 5s | press Ctrl-C again to exit at once',
    );
  });

  it('counts the published tags', () => {
    const tags = ['a', 'b'].map((tag) => ({
      tag,
      image: 'task',
      kind: 'index' as const,
      platforms: [],
      moving: false,
      newDigest: '',
      state: 'planned' as const,
    }));
    expect(
      bottom(
        created,
        { type: 'publish.started' },
        { type: 'publish.planned', tags },
        { type: 'publish.tag-put', tag: 'a', digest: 'sha256:d' },
      ),
    ).toMatch(/^published 1 of 2 tags · /);
    expect(bottom(created, { type: 'publish.waiting', reason: 'no answer' })).toMatch(
      /^publishing is waiting: no answer · /,
    );
  });
});

it('fits terminals of every size', () => {
  for (const columns of [1, 5, 20, 40, 79, 99, 100, 101, 200]) {
    for (const rows of [2, 3, 8, 24, 60]) {
      const lines = frameLines(frame(viewOf(created, started), columns, rows));
      expect(lines.length).toBeLessThan(rows);
      if (columns >= 20) expect(Math.max(...lines.map(textWidth))).toBeLessThan(columns);
    }
  }
});

it('resets the lanes of the platforms that a retry rebuilds', () => {
  const view = viewOf(
    created,
    started,
    { type: 'job.succeeded', platform: 'linux/amd64', images: [] },
    { type: 'build.retried', platforms: ['linux/arm64'] },
  );
  expect(view.lanes.map(({ state }) => state)).toEqual(['waiting', 'succeeded']);
});

it('leaves only headers and phases at the end', () => {
  expect(finalLines(frame(viewOf(created, started), 40, 24))).toEqual([
    '▸ linux/arm64  running               5s',
    '· linux/amd64  waiting',
  ]);
});
