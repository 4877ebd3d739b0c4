// Format, types, rules and generated files, in one go; the first that fails ends it.
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const bin = path.resolve(import.meta.dirname, '../node_modules/.bin');
const checks = [
  ['biome', 'ci', '--error-on-warnings', '.'],
  ['tsc', '-p', 'tsconfig.json'],
  ['tsc', '-p', 'infra/tsconfig.json'],
  ['tsc', '-p', 'web/tsconfig.json'],
  ['eslint', '--max-warnings', '0', '.'],
];
for (const [command, ...words] of checks) {
  process.stderr.write(`lint: ${command}\n`);
  try {
    // The types of all workspaces together need more memory than Node's default limit on a small machine.
    const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=8192` };
    execFileSync(path.join(bin, command), words, { stdio: 'inherit', env });
  } catch {
    process.exitCode = 1;
    break;
  }
}
