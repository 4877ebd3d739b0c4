import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errorCatalogue } from '../src/domain/errors/catalogue.ts';
import { generatedPages } from './pages.ts';

const root = path.resolve(import.meta.dirname, '..');

test.each([...(await generatedPages())])('%s matches the output of `npm run generate`', (file, text) => {
  expect(readFileSync(path.join(root, file), 'utf8')).toBe(text);
});

test('the error codes of the catalogue are exactly those raised', () => {
  const source = execFileSync(
    'git',
    [
      'grep',
      '-hE',
      "'[A-Z][A-Za-z]+'",
      '--',
      'src/**/*.ts',
      'src/*.ts',
      ':!*.test.ts',
      ':!src/domain/errors/catalogue.ts',
    ],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const unused = Object.keys(errorCatalogue).filter((code) => !source.includes(`'${code}'`));
  expect(unused).toEqual([]);
});
