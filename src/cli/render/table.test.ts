import { expect, it } from 'vitest';
import { makeDisplay } from './display.ts';
import { renderTable } from './table.ts';

it('aligns columns by display width', () => {
  const table = renderTable(
    [{ title: 'NAME' }, { title: 'SIZE', align: 'right' }],
    [
      ['模型', '7'],
      ['a', '1,204'],
    ],
    80,
  );
  expect(table).toBe('NAME   SIZE\n模型      7\na     1,204\n');
});

it('truncates only shrinkable columns, the widest first', () => {
  const columns = [{ title: 'ID' }, { title: 'FROM', shrinks: true }, { title: 'TO', shrinks: true }];
  const table = renderTable(columns, [['0123456789', 'a-branch-with-a-long-name', 'a-short-name']], 40);
  expect(table).toBe('ID          FROM            TO\n0123456789  a-branch-with…  a-short-name\n');
  const lines = renderTable(columns, [['0123456789', 'a-branch-with-a-long-name', 'a-short-name']], 5).split('\n');
  expect(lines[1]).toBe('0123456789  a-branc…  a-short…');
});

it('colours a cell after measuring it', () => {
  const { red } = makeDisplay({ colour: true }).colours;
  expect(renderTable([{ title: 'A' }, { title: 'B' }], [[{ text: 'bad', style: red }, 'x']], 80)).toBe(
    'A    B\n\u001b[31mbad\u001b[39m  x\n',
  );
});

it('keeps a cell on one line, and prints nothing without rows', () => {
  expect(renderTable([{ title: 'A' }], [['two\nlines\u001b[2J']], 80)).toBe('A\ntwo lines\n');
  expect(renderTable([{ title: 'A' }], [], 80)).toBe('');
});

it('renders any number of rows', () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
  expect(renderTable([{ title: 'N' }], rows, 80)).toHaveLength('N\n'.length + rows.join('\n').length + 1);
});
