import type { Writable } from 'node:stream';
import { textWidth } from './text-width.ts';

const escape = '\u001b[';
const hideCursor = `${escape}?25l`;
const showCursor = `${escape}?25h`;
const clearToEndOfLine = `${escape}K`;
const clearBelow = `${escape}J`;
/** Terminals with synchronized output show an update at once; others ignore it. */
const beginUpdate = `${escape}?2026h`;
const endUpdate = `${escape}?2026l`;

/** The lines at the end of a terminal's screen that are redrawn in place. The cursor rests below them. */
export class RedrawnArea {
  readonly #stream: Writable;
  #drawn: readonly string[] = [];
  #columns = 0;
  #isHidden = false;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  draw(lines: readonly string[], columns: number): void {
    if (columns === this.#columns && sameLines(lines, this.#drawn)) return;
    const hide = this.#isHidden ? '' : hideCursor;
    const isResized = this.#columns !== 0 && columns !== this.#columns;
    const body = lines.map((line) => `${line}${clearToEndOfLine}\n`).join('');
    this.#stream.write(
      beginUpdate + hide + this.#toTop(columns) + (isResized ? clearBelow : '') + body + clearBelow + endUpdate,
    );
    this.#isHidden = true;
    this.#drawn = lines;
    this.#columns = columns;
  }

  /** Prints `lines` where the area began; the next frame is drawn below them. */
  leave(lines: readonly string[], columns: number): void {
    const show = this.#isHidden ? showCursor : '';
    if (show === '' && lines.length === 0) return;
    this.#stream.write(this.#toTop(columns) + clearBelow + lines.map((line) => `${line}\n`).join('') + show);
    this.#isHidden = false;
    this.#drawn = [];
    this.#columns = 0;
  }

  /** Shows the cursor again, when there is no time for a redraw. */
  restore(): void {
    if (this.#isHidden) this.#stream.write(showCursor);
    this.#isHidden = false;
  }

  /** A terminal that became narrower has wrapped our lines, so that they take more rows than were drawn. */
  #toTop(columns: number): string {
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
    return rows === 0 ? '\r' : `${escape}${rows}A\r`;
  }
}

function sameLines(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((line, index) => line === others[index]);
}
