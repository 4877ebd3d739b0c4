import { expect, it } from 'vitest';
import { publishedBuild, shownCommit, shownTime } from '../../../test/helpers/shown-builds.ts';
import { makeDisplay } from './display.ts';
import { renderList } from './list.ts';

it('shows a build a line, and cuts long branch names to fit', () => {
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

it('says how to begin where there is nothing', () => {
  expect(renderList([], 0)).toBe('no builds; start one with: twinhull build\n');
});
