import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LogPhase } from './api.ts';
import { LogRows } from './log-rows.ts';

const phase = (from: number, lines: number, exitCode: number | null = 0): LogPhase => ({
  ...{ phase: 'build', image: null, seconds: exitCode === null ? null : 1 },
  ...{ from, lines, exitCode },
});

const given = fc
  .array(fc.record({ gap: fc.nat(3), lines: fc.nat(4), folded: fc.boolean() }), { maxLength: 6 })
  .chain((sections) => {
    let from = 1;
    const phases = sections.map(({ gap, lines }) => {
      const made = phase(from + gap, lines);
      from += gap + lines;
      return made;
    });
    const folded = new Set(sections.flatMap((each, index) => (each.folded ? [index] : [])));
    // While phases are read the log may have more lines than they know of, or fewer.
    return fc.record({ phases: fc.constant(phases), folded: fc.constant(folded), count: fc.nat(from + 4) });
  });

it('shows each line once, in order, below the heading of its phase, or not at all where that is folded', () => {
  fc.assert(
    fc.property(given, ({ phases, folded, count }) => {
      const rows = new LogRows(count, phases, folded);
      const all = Array.from({ length: rows.length }, (_, row) => rows.at(row));
      const owner = (line: number) =>
        phases.findIndex(({ from, lines }) => line >= from - 1 && line < from - 1 + lines);
      const lines = all.flatMap((row) => (row?.kind === 'line' ? [row.line] : []));
      expect(lines).toEqual(Array.from({ length: count }, (_, at) => at).filter((line) => !folded.has(owner(line))));
      expect(all.flatMap((row) => (row?.kind === 'phase' ? [row.index] : []))).toEqual([...phases.keys()]);
      for (const [row, content] of all.entries()) {
        if (content?.kind !== 'line') continue;
        expect(rows.rowOf(content.line)).toBe(row);
        expect(rows.lineAt(row)).toBe(content.line);
        expect(rows.phaseOf(content.line) ?? -1).toBe(owner(content.line));
      }
      for (let line = 0; line < count; line += 1)
        if (folded.has(owner(line))) expect(all[rows.rowOf(line)]).toMatchObject({ kind: 'phase', index: owner(line) });
      expect(rows.at(rows.length)).toBeUndefined();
      if (count > 0) expect(rows.lineAt(rows.length + 9)).toBeLessThan(count);
    }),
  );
});

it('gives new lines to the phase that runs', () => {
  const rows = new LogRows(9, [phase(1, 2), phase(4, 1, null)], new Set());
  expect(rows.at(rows.length - 1)).toEqual({ kind: 'line', line: 8 });
  expect(rows.phaseOf(8)).toBe(1);
  expect(rows.phaseOf(2)).toBeUndefined();
  expect(new LogRows(9, [phase(1, 2), phase(4, 1, null)], new Set([1])).length).toBe(2 + 2 + 1);
});
