import { Writable } from 'node:stream';
import { beforeEach, expect, it } from 'vitest';
import { RedrawnArea } from './redrawn-area.ts';

/** The part of a terminal that the area uses. */
class Terminal extends Writable {
  screen: string[] = [''];
  row = 0;
  column = 0;
  isCursorHidden = false;
  written = '';

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.written += chunk.toString();
    for (const [token] of chunk.toString().matchAll(/\u001b\[(\??[\d]*)([A-Za-z])|\n|\r|[^\u001b\r\n]+/g))
      this.#apply(token);
    callback();
  }

  #apply(token: string): void {
    const sequence = /^\u001b\[(\??\d*)([A-Za-z])$/.exec(token);
    if (token === '\n') {
      this.row += 1;
      this.column = 0;
      this.screen[this.row] ??= '';
    } else if (token === '\r') this.column = 0;
    else if (sequence === null) {
      const line = this.screen[this.row] ?? '';
      this.screen[this.row] = line.slice(0, this.column) + token + line.slice(this.column + token.length);
      this.column += token.length;
    } else if (sequence[2] === 'A') this.row = Math.max(0, this.row - Number(sequence[1]));
    else if (sequence[2] === 'K') this.screen[this.row] = (this.screen[this.row] ?? '').slice(0, this.column);
    else if (sequence[2] === 'J')
      this.screen = [...this.screen.slice(0, this.row), (this.screen[this.row] ?? '').slice(0, this.column)];
    else if (sequence[1] === '?25') this.isCursorHidden = sequence[2] === 'l';
  }
}

let terminal: Terminal;
let area: RedrawnArea;

beforeEach(() => {
  terminal = new Terminal();
  terminal.write('$ twinhull build\n');
  area = new RedrawnArea(terminal);
});

it('overwrites its own lines only', () => {
  area.draw(['one', 'two', 'three'], 80);
  area.draw(['ONE', '2'], 80);
  expect(terminal.screen).toEqual(['$ twinhull build', 'ONE', '2', '']);
  expect(terminal.isCursorHidden).toBe(true);
});

it('writes nothing without changes, and never clears the whole screen', () => {
  area.draw(['one', 'two'], 80);
  const { length } = terminal.written;
  area.draw(['one', 'two'], 80);
  expect(terminal.written).toHaveLength(length);
  area.draw(['one', 'TWO'], 80);
  expect(terminal.written).not.toContain('\u001b[2J');
});

it('leaves the last lines and shows the cursor', () => {
  area.draw(['one', 'two', 'three'], 80);
  area.leave(['the end'], 80);
  expect(terminal.screen).toEqual(['$ twinhull build', 'the end', '']);
  expect(terminal.isCursorHidden).toBe(false);
});

it('places later frames below the lines that it leaves', () => {
  area.draw(['frame'], 80);
  area.leave(['warning: slow'], 80);
  area.draw(['frame'], 80);
  expect(terminal.screen).toEqual(['$ twinhull build', 'warning: slow', 'frame', '']);
});

it('finds its first line after the terminal has narrowed', () => {
  area.draw(['x'.repeat(30)], 40);
  // The terminal has wrapped the line.
  terminal.screen = ['$ twinhull build', 'x'.repeat(20), 'x'.repeat(10), ''];
  terminal.row = 3;
  area.draw(['y'], 20);
  expect(terminal.screen).toEqual(['$ twinhull build', 'y', '']);
});
