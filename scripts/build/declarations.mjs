import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import typescript from 'typescript';

/** Writes the types of the library's entries: TypeScript emits all modules behind them, users need what types refer to. */
export function declarations(root, dist) {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: ['ignore', 2, 2] });
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const entries = ['index.d.ts', 'client/client.d.ts'].map((file) => path.join(dist, file));
  const needed = reachable(entries, Object.keys(dependencies));
  removeExcept(dist, needed);
}

function reachable(entries, installed) {
  const found = new Set(entries);
  for (const file of found) {
    const { importedFiles } = typescript.preProcessFile(readFileSync(file, 'utf8'));
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) found.add(path.resolve(path.dirname(file), fileName.replace(/\.ts$/, '.d.ts')));
      else if (!fileName.startsWith('node:') && !installed.includes(fileName))
        throw new Error(`${file} refers to the types of ${fileName}, which package.json does not list in dependencies`);
    }
  }
  return found;
}

function removeExcept(folder, kept) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) removeExcept(file, kept);
    else if (file.endsWith('.d.ts') && !kept.has(file)) rmSync(file);
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
