// Format, types, rules and generated files, in one go; the first that fails ends it.
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const bin = path.resolve(import.meta.dirname, '../node_modules/.bin');
const checks = [
  ['biome', 'ci', '--error-on-warnings', '.'],
  ['tsc', '-p', 'tsconfig.json'],
  ['tsc', '-p', 'infra/tsconfig.json'],
  ['eslint', '--max-warnings', '0', '.'],
];
for (const [command, ...words] of checks) {
  process.stderr.write(`lint: ${command}\n`);
  try {
    execFileSync(path.join(bin, command), words, { stdio: 'inherit' });
  } catch {
    process.exitCode = 1;
    break;
  }
}
