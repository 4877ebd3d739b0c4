import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from '../lab-error.ts';
import { runAttached } from './run-attached.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The compiled command line. */
export const program = join(root, 'dist/cli/main.js');

export async function compileIfStale(): Promise<void> {
  const newest = Math.max(...filesBelow(join(root, 'src')).map((file) => statSync(file).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) return;
  const exitCode = await runAttached(process.execPath, [join(root, 'scripts/build.mjs')], process.env);
  if (exitCode !== 0) throw new LabError('the program does not compile: see above');
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
