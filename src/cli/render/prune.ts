import type { PruneReport } from '../../pipeline/prune/prune.ts';
import type { Removal } from '../../pipeline/prune/prune-plan.ts';
import { nameOf } from '../../pipeline/prune/prune-problems.ts';
import { type Display, makeDisplay } from './display.ts';
import { counted } from './quantities.ts';
import { type Column, renderTable } from './table.ts';

const columns: readonly Column[] = [
  { title: 'WHAT' },
  { title: 'NAME', shrinks: true },
  { title: 'WHY', shrinks: true },
];

/** What is removed, what is kept, and how to remove it. @param done whether it was removed rather than would be */
export function renderPrune({ removals, kept }: PruneReport, done: boolean, display: Display = makeDisplay()): string {
  const rows = [
    ...removals.map((removal) => [removal.kind, nameOf(removal), done ? 'removed' : goes(removal)]),
    ...kept.map(({ kind, name, why }) => [kind, name, `kept: ${why}`]),
  ];
  const table = renderTable(columns, rows, display.columns);
  return `${table}${table === '' ? '' : '\n'}${conclusion(removals, done)}\n`;
}

function goes(removal: Removal): string {
  if (removal.kind !== 'image' || removal.tags.length === 0) return 'goes';
  return `removed with ${counted(removal.tags.length, 'tag')}`;
}

function conclusion(removals: readonly Removal[], done: boolean): string {
  if (removals.length === 0) return done ? 'nothing was removed' : 'nothing would be removed';
  const kinds = (['tag', 'image', 'logs', 'build'] as const).flatMap((kind) => {
    const count = removals.filter((removal) => removal.kind === kind).length;
    if (count === 0) return [];
    return kind === 'logs' ? `logs of ${counted(count, 'build')}` : counted(count, kind);
  });
  const list = kinds.join(', ');
  return done ? `removed: ${list}` : `would remove: ${list}; nothing was changed, use --yes to remove it`;
}

/** The output of `prune --json`. Scripts rely on it: fields may be added, but not changed or removed. */
export function pruneToJson({ removals, kept, problems }: PruneReport, done: boolean) {
  return {
    removed: done,
    removals: removals.map((removal) => ({
      kind: removal.kind,
      name: nameOf(removal),
      digest: 'digest' in removal ? removal.digest : null,
      tags: 'tags' in removal ? removal.tags : removal.kind === 'tag' ? [removal.tag] : [],
    })),
    kept,
    problems: problems.map(({ what, error }) => ({ what, code: error.code, message: error.message })),
  };
}
