// `npm test`: everything, on a machine where nothing runs yet. Extra words go to vitest (`npm test -- submit`), which
// then runs alone.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureLab } from '../lab/lab.ts';
import { withOtherNode } from './other-node.ts';

const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'twinhull-test-'));
const words = process.argv.slice(2);

try {
  process.exitCode = words.length > 0 ? await vitest(process.execPath, 'chosen', words) : await everything();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function everything(): Promise<number> {
  if ((await run(process.execPath, ['scripts/build.mjs'])) !== 0) return 1;
  // The lab mostly waits for downloads and emulated programs: the unit tests have the time for themselves.
  const [unit] = await Promise.all([vitest(process.execPath, 'unit', ['--project', 'unit']), ensureLab({ aws: true })]);
  const other = await withOtherNode((node) => vitest(node, 'unit-other-node', ['--project', 'unit']));
  const real = await vitest(process.execPath, 'real', ['--project', 'real']);
  const { passed, failed } = totals(['unit', 'unit-other-node', 'real']);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? Math.max(unit, other, real) : 1;
}

function vitest(node: string, name: string, options: readonly string[]): Promise<number> {
  const report = path.join(scratch, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return run(node, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...reporters]);
}

function run(command: string, options: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, options, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** A suite without a report did not run to its end: that counts as a failure. */
function totals(names: readonly string[]): { passed: number; failed: number } {
  let passed = 0;
  let failed = 0;
  for (const name of names) {
    try {
      const report = JSON.parse(readFileSync(path.join(scratch, `${name}.json`), 'utf8')) as Report;
      passed += report.numPassedTests;
      failed += report.numFailedTests + (report.success || report.numFailedTests > 0 ? 0 : 1);
    } catch {
      failed += 1;
    }
  }
  return { passed, failed };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
}
