import type { ShownBuild } from '../../build-json/shown-build.ts';
import { isEnded, lastAttempt } from '../../domain/build.ts';
import type { PhaseSpan } from '../../domain/failure.ts';
import type { Display } from './display.ts';
import { type Cell, renderTable } from './table.ts';
import { attemptSeconds, phaseLabel } from './words.ts';

/** Seconds of each phase, one column per platform: the last attempt of each. */
export function phaseTable(build: ShownBuild, { colours, columns }: Display, now: number): string {
  const attempts = build.jobs.map((job) => lastAttempt(job));
  const labels = attempts.reduce<string[]>(
    (merged, attempt) => merge(merged, attempt?.phases.map(phaseLabel) ?? []),
    [],
  );
  const rows = labels.map((label): Cell[] => [
    label,
    ...attempts.map((attempt) => secondsOf(attempt?.phases ?? [], label)),
  ]);
  const totals = attempts.map((attempt) => attempt && attemptSeconds(attempt, isEnded(build) ? build.updatedAt : now));
  const total = ['total', ...totals.map(seconds)].map((text) => ({ text, style: colours.bold }));
  const titles = build.jobs.map(({ platform }) => ({ title: platform, align: 'right' as const }));
  return labels.length === 0 ? '' : renderTable([{ title: 'SECONDS' }, ...titles], [...rows, total], columns);
}

/** Items that only the second list has follow their predecessor there. */
function merge(labels: readonly string[], others: readonly string[]): string[] {
  const merged = [...labels];
  let place = 0;
  for (const label of others) {
    if (!merged.includes(label)) merged.splice(place, 0, label);
    place = merged.indexOf(label) + 1;
  }
  return merged;
}

function secondsOf(phases: readonly PhaseSpan[], label: string): string {
  const found = phases.filter((span) => phaseLabel(span) === label && span.seconds !== undefined);
  return found.length === 0 ? '-' : seconds(found.reduce((sum, span) => sum + (span.seconds ?? 0), 0));
}

function seconds(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(1);
}
