// Compiles src to dist, with what is not TypeScript beside it.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
cpSync(path.join(root, 'src/builder/builder.sh'), path.join(dist, 'builder/builder.sh'));
chmodSync(path.join(dist, 'cli/main.js'), 0o755);
