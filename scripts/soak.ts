// `npm run soak`: long versions of the runs that `npm test` keeps short. Options: --kills N (default 200), --histories
// N (default 20000), --builds N on the stand-in for AWS Batch (default 200), --submits N under streams (default 6000),
// --seed S. The seed is printed, so that a failed run can be repeated.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureLab } from '../lab/lab.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    histories: { type: 'string', default: '20000' },
    builds: { type: 'string', default: '200' },
    submits: { type: 'string', default: '6000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const root = path.resolve(import.meta.dirname, '..');
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');

process.stderr.write(
  `soak: seed ${values.seed}, ${values.kills} kills, ${values.histories} histories, ${values.builds} builds\n`,
);
await ensureLab();
spawn([path.join(root, 'scripts/build.mjs')], {});
const histories = { TWINHULL_SOAK_RUNS: values.histories, TWINHULL_SOAK_SEED: values.seed };
const kills = { TWINHULL_SOAK_KILLS: values.kills, TWINHULL_SOAK_SEED: values.seed };
const builds = { TWINHULL_SOAK_BUILDS: values.builds, TWINHULL_SOAK_SEED: values.seed };
const load = { TWINHULL_SOAK_SUBMITS: values.submits };
const failed = [
  soak('unit', 'property', histories),
  soak('real', 'test/integration/batch-faults.test.ts', builds),
  soak('real', 'test/e2e/random-kills.test.ts', kills),
  soak('real', 'test/e2e/replica-kills.test.ts', kills),
  soak('real', 'test/e2e/serve-load.test.ts', load),
].some((status) => status !== 0);
process.exitCode = failed ? 1 : 0;

function soak(project: string, files: string, environment: Record<string, string>): number | null {
  return spawn([vitest, 'run', '--project', project, files, '--testTimeout', '7200000'], environment);
}

function spawn(words: readonly string[], environment: Record<string, string>): number | null {
  const env = { ...process.env, ...environment };
  return spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit', env }).status;
}
