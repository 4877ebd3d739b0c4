import type { Machine } from './machine.ts';
import { quantity, targetText, times } from './quantities.ts';
import type { Comparison, Result, Series, Unit } from './results.ts';
import { judge, median } from './statistics.ts';

/** docs/benchmarks.md: the verdicts first, then each measure with its numbers. */
export function renderPage(results: readonly Result[]): string {
  const sections = results.map(renderSection);
  return `# Benchmarks

<!-- Written by \`npm run bench\`, from docs/benchmarks.json; edit the measures in bench/ instead. -->

Measured by \`npm run bench\`; \`npm run bench -- NAME...\` repeats the named measures and keeps the other results.
Each measure runs both sides in turn on one machine, on a Docker Engine and a registry that are started for it and
removed after it. Ratios and targets are of the medians; the spread is the least and the most of all samples.

${table(
  ['measure', 'Twinhull', 'against', 'ratio', 'target', 'met'],
  results.flatMap((result) => result.comparisons.flatMap((comparison) => summaryRow(result, comparison))),
)}

${sections.join('\n')}`;
}

function summaryRow({ name, title }: Result, { what, unit, ours, baseline, target }: Comparison): readonly string[][] {
  const verdict = judge({ ours, baseline, ...(target && { target }) });
  if (target === undefined) return [];
  return [
    [
      `[${title}](#${name})${what === '' ? '' : `: ${what}`}`,
      quantity(median(ours.samples), unit),
      quantity(median(baseline.samples), unit),
      times(verdict.times),
      targetText(target, unit),
      verdict.met === true ? 'yes' : '**no**',
    ],
  ];
}

function renderSection({ name, title, method, measuredAt, machine, comparisons }: Result): string {
  return `## ${name}

${title}. ${method}

${comparisons.map(renderComparison).join('\n\n')}

${measuredAt.slice(0, 10)} on ${machineText(machine)}.
`;
}

function renderComparison(comparison: Comparison): string {
  const { what, unit, ours, baseline, target } = comparison;
  const { times: ratio, more, met } = judge(comparison);
  const rows = [seriesRow(ours, unit), seriesRow(baseline, unit)];
  const numbers = table([what === '' ? 'side' : what, 'median', 'spread', 'samples'], rows);
  const difference = `Ratio ${times(ratio)}, difference ${quantity(more, unit)}.`;
  if (target === undefined) return `${numbers}\n\n${difference}`;
  return `${numbers}\n\n${difference} Target: ${targetText(target, unit)}: ${met === true ? 'met' : '**missed**'}.`;
}

function seriesRow({ label, samples }: Series, unit: Unit): readonly string[] {
  const spread = `${quantity(Math.min(...samples), unit)} to ${quantity(Math.max(...samples), unit)}`;
  return [label, quantity(median(samples), unit), spread, String(samples.length)];
}

function machineText({ processor, cores, memoryGiB, kernel, engine, node }: Machine): string {
  return `${processor}, ${String(cores)} cores, ${String(memoryGiB)} GiB of memory, ${kernel}, ${engine}, ${node}`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, titles.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
