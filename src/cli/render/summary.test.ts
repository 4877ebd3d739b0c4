import { describe, expect, it } from 'vitest';
import { failedBuild, publishedBuild, shownCommit, shownDigest, shownJob } from '../../../test/helpers/shown-builds.ts';
import type { Build } from '../../domain/build.ts';
import { makeDisplay } from './display.ts';
import { renderSummary } from './summary.ts';

const wide = makeDisplay({ columns: 120 });

describe('a published build', () => {
  it('shows its tags and the duration of each phase', () => {
    expect(renderSummary(publishedBuild(), wide)).toBe(
      `✓ published vecoli at 3f2c1a9 (main) in 42s
  registry.example.com/lab/vecoli

TAG                                              DIGEST               PLATFORMS              SIZE
${shownCommit}         sha256:dddddddddddd  arm64 amd64  41.0 + 39.1 MB
${shownCommit}-submit  sha256:cccccccccccc  amd64              181.0 MB

SECONDS       linux/arm64  linux/amd64
tools                 0.5          0.5
clone                 2.0          2.0
build task           37.0          4.5
build submit            -          4.5
cleanup               0.3          0.3
total                40.0         12.0
`,
    );
  });

  it('never truncates a tag, and uses two lines per tag if the table does not fit', () => {
    const lines = renderSummary(publishedBuild(), makeDisplay({ columns: 80 })).split('\n');
    expect(lines.slice(3, 7)).toEqual([
      `${shownCommit}  arm64 amd64  41.0 + 39.1 MB`,
      `    ${shownDigest('d')}`,
      `${shownCommit}-submit  amd64  181.0 MB`,
      `    ${shownDigest('c')}`,
    ]);
  });
});

describe('a failed build', () => {
  it('shows where and why it failed, the last log lines, and what to do', () => {
    expect(renderSummary(failedBuild(), wide)).toBe(
      `✗ failed: vecoli at 3f2c1a9 (main) in 42s; none of its tags was published

  platform   linux/arm64, attempt 2
  phase      build
  image      task
  exit code  2
  reason     step-failed
  message    the linux/arm64 job failed in phase build of image task with exit code 2: make failed

  last lines of its log
    │ gcc -O2 -c sim.c
    │ sim.c:7:3: error: unknown type name
    │ make: *** [sim.o] Error 1

  what to do next
    fix the error in the last log lines, then build the new commit; if the cause was external, run \`twinhull retry\`
    twinhull logs 0mh2k3v9a1b2 --platform linux/arm64  the whole log
    twinhull retry 0mh2k3v9a1b2                        rebuilds only arm64
`,
    );
  });

  it('shows the failure of the other platform too', () => {
    const failed = failedBuild();
    const other = {
      ...shownJob('linux/amd64', 9),
      state: 'failed' as const,
      failure: { ...failed.failure!, message: 'amd64 ran out of disk' },
    };
    const text = renderSummary({ ...failed, jobs: [failed.jobs[0]!, other] }, wide);
    expect(text).toContain('  also       amd64 ran out of disk\n');
    expect(text).toContain('rebuilds arm64, amd64');
  });

  it('lists what stays in the registry if publishing was refused', () => {
    const refused: Build = publishedBuild({
      state: 'failed',
      failure: {
        code: 'PublishFailed',
        message: 'the registry refused a tag',
        hint: 'see which',
        infrastructure: false,
      },
      tags: publishedBuild().tags.map((move, index) => ({ ...move, state: index === 0 ? 'put' : 'planned' })),
    });
    const text = renderSummary(refused, wide);
    expect(text).toContain(`; already published: ${shownCommit}\n`);
    expect(text).toContain('twinhull retry 0mh2k3v9a1b2  publishes again without building\n');
  });

  it('removes escape sequences of a log', () => {
    const failed = failedBuild();
    const text = renderSummary(
      { ...failed, failure: { ...failed.failure!, logTail: ['\u001b[2J\u001b]0;x\u0007bad'] } },
      wide,
    );
    expect(text).toContain('    │ bad\n');
    expect(text).not.toContain('\u001b');
  });
});

it.each([
  [[], 'nothing was published'],
  [['latest', 'x'], 'none of its tags was published; new at the destination, but not of this build: latest, x'],
])('describes what appeared in the registry during a failed build: %j', (appeared, text) => {
  const failed = failedBuild();
  const shown = renderSummary({ ...failed, failure: { ...failed.failure!, appeared } }, wide);
  expect(shown.split('\n')[0]).toBe(`✗ failed: vecoli at 3f2c1a9 (main) in 42s; ${text}`);
});

it('shows a cancelled build on one line', () => {
  expect(renderSummary(publishedBuild({ state: 'cancelled', tags: [] }), wide)).toBe(
    '■ cancelled: vecoli at 3f2c1a9 (main) in 42s; none of its tags was published; start it again with: twinhull retry 0mh2k3v9a1b2\n',
  );
});

it('reports that a build is still running', () => {
  expect(renderSummary(publishedBuild({ state: 'building' }))).toBe(
    'vecoli at 3f2c1a9 (main) is still building (twinhull wait 0mh2k3v9a1b2)\n',
  );
});

it('names the build that superseded it', () => {
  const build = publishedBuild({ state: 'superseded', supersededBy: '0mh2k3v9zzzz', tags: [] });
  expect(renderSummary(build, wide)).toContain(
    'superseded: vecoli at 3f2c1a9 (main) in 42s; none of its tags was published; build 0mh2k3v9zzzz',
  );
});
