// Makes pictures of every page on real builds, in both themes and two widths: screenshots/. Those that the documents
// show go to docs/images, with few colours, so that they stay small.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

/** Picture in docs/images: the one it is made from. */
const shown = {
  'build-light.png': 'a-published-build-light-1280.png',
  'build-dark.png': 'a-published-build-dark-1280.png',
  'failed-build.png': 'a-failed-build-light-1280.png',
  'comparison.png': 'a-comparison-light-1280.png',
};
const colours = '48';

const root = path.resolve(import.meta.dirname, '..');
const all = path.join(root, 'screenshots');
const images = path.join(root, 'docs/images');
const run = { cwd: root, preferLocal: true, stdio: 'inherit', reject: false } as const;

if ((await execa('pngquant', ['--version'], { reject: false })).failed) {
  process.stderr.write('screenshots: pngquant is missing: it makes the pictures small (apt-get install pngquant)\n');
  process.exit(2);
}
for (const folder of [all, images]) mkdirSync(folder, { recursive: true });
const files = ['e2e/pages.test.ts', 'e2e/pages-log.test.ts', 'integration/pages-sign-in.test.ts'];
const tests = ['run', '--project', 'real', ...files.map((file) => `test/${file}`)];
const made = await execa('vitest', tests, { ...run, env: { TWINHULL_SCREENSHOTS: all } });
if (made.failed) process.exit(1);
for (const [name, source] of Object.entries(shown)) {
  const words = [colours, '--strip', '--force', '--output', path.join(images, name), path.join(all, source)];
  if ((await execa('pngquant', words, run)).failed) process.exit(1);
}
