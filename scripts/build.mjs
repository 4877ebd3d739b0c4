// Makes dist from src and web: bundled modules, the declarations of the library's entries, the builder's scripts, pages.
import { chmodSync, cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bundle } from './build/bundle.mjs';
import { declarations } from './build/declarations.mjs';
import { pages } from './build/pages.mjs';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
await bundle(root, dist);
declarations(root, dist);
pages(root);
cpSync(path.join(root, 'src/builder/script'), path.join(dist, 'builder/script'), { recursive: true });
chmodSync(path.join(dist, 'cli/main.js'), 0o755);
