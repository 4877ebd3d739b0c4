// `npm test`: everything, on a machine where nothing runs yet. Extra words go to vitest (`npm test -- submit`), which
// then runs alone.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureLab } from '../lab/lab.ts';
import { withOtherNode } from './other-node.ts';
import { type SuiteReport, testSummary } from './test-summary.ts';

const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'twinhull-test-'));
const words = process.argv.slice(2);

/** Code that uses Node's own interfaces. The rest is pure and behaves the same on every Node. */
const differsByNode = [
  'src/adapters',
  'src/cli',
  'src/client',
  'src/server',
  'src/settings',
  'src/wiring',
  'lab',
  'scripts',
];

try {
  process.exitCode = words.length > 0 ? await vitest(process.execPath, 'chosen', words) : await everything();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function everything(): Promise<number> {
  if ((await run(process.execPath, ['scripts/build.mjs'])) !== 0) return 1;
  // The lab mostly waits for downloads and emulated programs, so the unit tests run meanwhile.
  const [unit] = await Promise.all([vitest(process.execPath, 'unit', ['--project', 'unit']), ensureLab({ aws: true })]);
  const other = await withOtherNode((node) => vitest(node, 'unit-other-node', ['--project', 'unit', ...differsByNode]));
  const real = await vitest(process.execPath, 'real', ['--project', 'real', '--project', 'aws']);
  // Debian's newest engine is ahead of its stable release: failures on it alone are reported and do not fail the run.
  await vitest(process.execPath, 'newest', ['--project', 'real-newest']);
  const newest = reportOf('newest');
  process.stdout.write(
    newest === undefined
      ? '\nnewest engine, for information: the suite did not end\n'
      : `\nnewest engine, for information: ${newest.passed} passed and ${newest.failures.length} failed\n`,
  );
  const gating = ['unit', 'unit-other-node', 'real'];
  const { text, isGood } = testSummary(Object.fromEntries(gating.map((name) => [name, reportOf(name)])));
  process.stdout.write(text);
  return isGood ? Math.max(unit, other, real) : 1;
}

function vitest(node: string, name: string, options: readonly string[]): Promise<number> {
  const reporters = ['--reporter=default', '--reporter=./scripts/summary-reporter.ts'];
  return run(node, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...reporters], {
    TWINHULL_TEST_REPORT: reportFile(name),
  });
}

function run(command: string, options: readonly string[], more: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, options, { cwd: root, stdio: 'inherit', env: { ...process.env, ...more } });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function reportFile(name: string): string {
  return path.join(scratch, `${name}.json`);
}

/** Undefined for a suite that did not finish. */
function reportOf(name: string): SuiteReport | undefined {
  try {
    return JSON.parse(readFileSync(reportFile(name), 'utf8')) as SuiteReport;
  } catch {
    return undefined;
  }
}
