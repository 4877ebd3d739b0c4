import { shortCommit } from '../../domain/commit.ts';
import type { BuildSummary } from '../../ports/build-store.ts';
import { type Display, makeDisplay } from './display.ts';
import { elapsed, relativeTime } from './quantities.ts';
import { type Column, renderTable } from './table.ts';
import { stateStyle } from './words.ts';

const columns: readonly Column[] = [
  { title: 'BUILD' },
  { title: 'STATE' },
  { title: 'RECIPE', shrinks: true },
  { title: 'COMMIT' },
  { title: 'REFERENCE', shrinks: true },
  { title: 'SUBMITTED' },
  { title: 'TOOK', align: 'right' },
];

/** Shown only when a listed build waits or was replaced. */
const otherBuild: Column = { title: 'OTHER BUILD' };

/** One line per build, in the order given. */
export function renderList(builds: readonly BuildSummary[], now: number, display: Display = makeDisplay()): string {
  if (builds.length === 0) return 'no builds; start one with: twinhull build\n';
  const rows = builds.map((build) => [
    build.id,
    { text: build.state, style: stateStyle(build.state, display.colours) },
    build.recipe,
    shortCommit(build.commit),
    build.commit.startsWith(build.reference) ? '' : build.reference,
    relativeTime(build.createdAt, now),
    build.finishedAt === undefined ? '' : elapsed((build.finishedAt - build.createdAt) / 1000),
  ]);
  const others = builds.map(({ queue, supersededBy }) =>
    supersededBy === undefined ? queue && `behind ${queue.behind}` : `by ${supersededBy}`,
  );
  if (others.every((other) => other === undefined)) return renderTable(columns, rows, display.columns);
  const withOthers = rows.map((row, index) => [...row, others[index] ?? '']);
  return renderTable([...columns, otherBuild], withOthers, display.columns);
}
