// Writes the pages and schemas that are generated from the code.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatedPages } from './pages.ts';

const root = path.resolve(import.meta.dirname, '..');
for (const [file, text] of await generatedPages()) writeFileSync(path.join(root, file), text);
