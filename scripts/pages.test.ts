import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errorCatalogue } from '../src/errors/catalogue.ts';
import { generatedPages } from './pages.ts';

const root = path.resolve(import.meta.dirname, '..');

test.each([...(await generatedPages())])('%s is what `npm run generate` writes', (file, text) => {
  expect(readFileSync(path.join(root, file), 'utf8')).toBe(text);
});

test('every error code of the catalogue is raised somewhere, and no other is', () => {
  const source = execFileSync(
    'git',
    ['grep', '-hE', "'[A-Z][A-Za-z]+'", '--', 'src/**/*.ts', 'src/*.ts', ':!*.test.ts', ':!src/errors/catalogue.ts'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const unused = Object.keys(errorCatalogue).filter((code) => !source.includes(`'${code}'`));
  expect(unused).toEqual([]);
});
