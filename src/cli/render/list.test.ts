import { expect, it } from 'vitest';
import { publishedBuild, shownCommit, shownTime } from '../../../test/helpers/shown-builds.ts';
import { makeDisplay } from './display.ts';
import { renderList } from './list.ts';

it('shows one build per line, and truncates long branch names', () => {
  const builds = [
    publishedBuild({ state: 'building', finishedAt: undefined, reference: 'feature/a-branch-with-quite-a-long-name' }),
    publishedBuild({ id: '0mh2k3v90000', reference: shownCommit.slice(0, 10), createdAt: shownTime - 3 * 86_400_000 }),
  ];
  expect(renderList(builds, shownTime + 120_000, makeDisplay({ columns: 80 }))).toBe(
    `BUILD         STATE      RECIPE  COMMIT   REFERENCE           SUBMITTED     TOOK
0mh2k3v9a1b2  building   vecoli  3f2c1a9  feature/a-branch-…  2 min ago
0mh2k3v90000  published  vecoli  3f2c1a9                      3 days ago  72h00m
`,
  );
});

it('suggests the first command if there are no builds', () => {
  expect(renderList([], 0)).toBe('no builds; start one with: twinhull build\n');
});

it('names the build that another waits for or was superseded by', () => {
  const builds = [
    publishedBuild({
      state: 'waiting',
      finishedAt: undefined,
      queue: { behind: '0mh2k3v90000', whenBusy: 'queue-all' },
    }),
    publishedBuild({ state: 'superseded', supersededBy: '0mh2k3v9zzzz' }),
    publishedBuild(),
  ];
  const lines = renderList(builds, shownTime + 120_000, makeDisplay({ columns: 120 })).split('\n');
  expect(lines.map((line) => line.slice(line.indexOf('ago') + 3).trim())).toEqual([
    expect.stringMatching(/OTHER BUILD$/) as string,
    'behind 0mh2k3v90000',
    expect.stringMatching(/by 0mh2k3v9zzzz$/) as string,
    '42s',
    '',
  ]);
});
