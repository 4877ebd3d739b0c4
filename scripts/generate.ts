/**
 * Writes the files that are made from the source: `npm run generate`. With `--check` it writes nothing, names those
 * that are out of date, and fails.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './generated-files.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const stale = generatedFiles.filter(({ path, content }) => readOrUndefined(resolve(root, path)) !== content());

for (const { path, content } of check ? [] : stale) {
  mkdirSync(dirname(resolve(root, path)), { recursive: true });
  writeFileSync(resolve(root, path), content());
}
for (const { path } of stale) console.error(check ? `out of date: ${path}; run scripts/generate.ts` : `wrote ${path}`);
process.exitCode = check && stale.length > 0 ? 1 : 0;

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
