// Makes pictures of every page on real builds, in both themes and two widths: docs/images/pages.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'docs/images/pages');
mkdirSync(folder, { recursive: true });
const words = ['run', '--project', 'real', 'test/e2e/pages.test.ts'];
await execa('vitest', words, { cwd: root, preferLocal: true, stdio: 'inherit', env: { TWINHULL_SCREENSHOTS: folder } });
