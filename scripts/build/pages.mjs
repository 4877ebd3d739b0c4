import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Builds the workspace `web` into dist/web. */
export function pages(root) {
  const web = path.join(root, 'web');
  const vite = createRequire(path.join(web, 'package.json')).resolve('vite/package.json');
  const command = [path.join(path.dirname(vite), 'bin/vite.js'), 'build', '--logLevel', 'warn'];
  execFileSync(process.execPath, command, { cwd: web, stdio: ['ignore', 2, 2] });
}
