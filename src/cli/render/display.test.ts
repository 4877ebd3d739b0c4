import { expect, it } from 'vitest';
import { displayOf } from './display.ts';

const terminal = { isTTY: true, columns: 120, rows: 50 };
const pipe = {};

it.each([
  ['a terminal', terminal, {}, true],
  ['a pipe', pipe, {}, false],
  ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['a terminal with an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
  ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
  ['NO_COLOR against FORCE_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
])('colour on %s', (_, stream, environment, expected) => {
  expect(displayOf(stream, environment).colours.enabled).toBe(expected);
});

it('uses the size of the terminal, or 80 by 24', () => {
  expect(displayOf(terminal, {})).toMatchObject({ columns: 120, rows: 50 });
  expect(displayOf(pipe, {})).toMatchObject({ columns: 80, rows: 24 });
});

it('draws with ASCII if the locale is not UTF-8', () => {
  expect(displayOf(terminal, { LANG: 'en_US.UTF-8' }).symbols.done).toBe('✓');
  expect(displayOf(terminal, { LANG: 'en_US.UTF-8', LC_ALL: 'C' }).symbols.done).toBe('+');
  expect(displayOf(terminal, {}).symbols.done).toBe('+');
});
