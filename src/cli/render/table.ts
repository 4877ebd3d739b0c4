import { safeLine } from './safe-text.ts';
import { padEnd, padStart, textWidth, truncate } from './text-width.ts';

/** The heading and layout of one column. */
export interface Column {
  readonly title: string;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
  /** Whether it may be cut when the table is too wide; the widest of several is cut first. @default false */
  readonly shrinks?: boolean;
}

/** A style is applied after the cell was measured and cut. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string };

const gap = 2;
const narrowest = 8;

/** An aligned table, each line with its newline; empty without rows. @param width available columns */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): string {
  if (rows.length === 0) return '';
  const texts = rows.map((row) => row.map((cell) => safeLine(typeof cell === 'string' ? cell : cell.text)));
  const widths = fit(columns, naturalWidths(columns, texts), width);
  const lines = texts.map((row, index) => lineOf(columns, row, widths, rows[index]));
  const header = lineOf(
    columns,
    columns.map(({ title }) => title),
    widths,
  );
  return [header, ...lines].map((line) => `${line}\n`).join('');
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  const widths = columns.map(({ title }) => textWidth(title));
  for (const row of rows) row.forEach((text, index) => (widths[index] = Math.max(widths[index] ?? 0, textWidth(text))));
  return widths;
}

function fit(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  for (;;) {
    const excess = widths.reduce((sum, each) => sum + each, gap * (columns.length - 1)) - width;
    const able = widths.map((each, index) => (columns[index]?.shrinks && each > narrowest ? each : 0));
    const widest = Math.max(...able);
    if (excess <= 0 || widest === 0) return widths;
    const next = Math.max(narrowest, ...able.filter((each) => each < widest));
    widths[able.indexOf(widest)] = Math.max(next === widest ? narrowest : next - 1, widest - excess, narrowest);
  }
}

function lineOf(
  columns: readonly Column[],
  texts: readonly string[],
  widths: readonly number[],
  cells: readonly Cell[] = [],
): string {
  const parts = columns.map(({ align }, index) => {
    const width = widths[index] ?? 0;
    const text = truncate(texts[index] ?? '', width);
    const cell = cells[index];
    const styled = typeof cell === 'object' ? cell.style(text) : text;
    return align === 'right' ? padStart(styled, width) : padEnd(styled, width);
  });
  return parts.join(' '.repeat(gap)).trimEnd();
}
