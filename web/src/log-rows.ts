import type { LogPhase } from './api.ts';

/** A row of a log: a line, or the heading of a phase. */
export type LogRowContent =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'phase'; readonly phase: LogPhase; readonly index: number; readonly lines: number };

/** Lines that belong together: those of a phase, or between phases. */
interface Section {
  /** Index of its first line. */
  readonly line: number;
  readonly lines: number;
  /** Its first row, the heading where it has one. */
  readonly row: number;
  /** Index of its phase. */
  readonly index: number | undefined;
}

/** Which row shows which line: each phase has a heading, and only that where it is folded. */
export class LogRows {
  /** How many rows there are. */
  readonly length: number;
  readonly #count: number;
  readonly #sections: readonly Section[];
  readonly #phases: readonly LogPhase[];
  readonly #folded: ReadonlySet<number>;

  /** @param count how many lines the log has @param folded indexes of phases */
  constructor(count: number, phases: readonly LogPhase[], folded: ReadonlySet<number>) {
    this.#count = count;
    this.#phases = phases;
    this.#folded = folded;
    const sections: Section[] = [];
    let [line, row] = [0, 0];
    const add = (end: number, index: number | undefined): void => {
      const lines = end - line;
      sections.push({ line, lines, row, index });
      const shown = index !== undefined && folded.has(index) ? 0 : lines;
      row += shown + (index === undefined ? 0 : 1);
      line = end;
    };
    for (const [index, phase] of phases.entries()) {
      const from = Math.min(count, Math.max(line, phase.from - 1));
      if (from > line) add(from, undefined);
      // The last one goes on with the log while it runs.
      const isOpen = index === phases.length - 1 && phase.exitCode === null;
      add(isOpen ? count : Math.min(count, Math.max(from, phase.from - 1 + phase.lines)), index);
    }
    if (count > line) add(count, undefined);
    this.#sections = sections;
    this.length = row;
  }

  at(row: number): LogRowContent | undefined {
    const section = this.#sections.findLast((each) => each.row <= row);
    if (section === undefined || row >= this.length) return undefined;
    const { index, line, lines } = section;
    if (index === undefined) return { kind: 'line', line: line + row - section.row };
    const phase = this.#phases[index];
    if (row === section.row && phase !== undefined) return { kind: 'phase', phase, index, lines };
    return { kind: 'line', line: line + row - section.row - 1 };
  }

  /** The row of a line, or of the heading that it is folded into. */
  rowOf(line: number): number {
    const section = this.#sections.findLast((each) => each.line <= line && each.lines > 0);
    if (section === undefined) return 0;
    if (section.index === undefined) return section.row + line - section.line;
    return this.#folded.has(section.index) ? section.row : section.row + 1 + line - section.line;
  }

  /** Index of the phase that printed a line. */
  phaseOf(line: number): number | undefined {
    return this.#sections.findLast((each) => each.line <= line && each.lines > 0)?.index;
  }

  /** Index of the line at a row, or of the first one of the phase at its heading; of the last line after all of them. */
  lineAt(row: number): number {
    const wanted = Math.max(0, Math.min(row, this.length - 1));
    const found = this.at(wanted);
    if (found?.kind === 'line') return found.line;
    const line = this.#sections.findLast((each) => each.row <= wanted)?.line ?? 0;
    return Math.max(0, Math.min(line, this.#count - 1));
  }
}
