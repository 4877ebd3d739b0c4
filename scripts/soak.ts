// `npm run soak`: long runs that `npm test` keeps short. Options: --kills N (default 200), --histories N (default 20000),
// --builds N on the stand-in for AWS Batch (default 200), --seed S. The seed is printed, so that a run that found something can be had again.
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
const batch = 'test/integration/batch-faults.test.ts';
const failed = [
  spawn([vitest, 'run', '--project', 'unit', 'property', '--testTimeout', '7200000'], histories),
  spawn([vitest, 'run', '--project', 'real', batch, '--testTimeout', '7200000'], builds),
  spawn([vitest, 'run', '--project', 'real', 'test/e2e/random-kills.test.ts', '--testTimeout', '7200000'], kills),
  spawn([vitest, 'run', '--project', 'real', 'test/e2e/replica-kills.test.ts'], kills),
].some((status) => status !== 0);
process.exitCode = failed ? 1 : 0;

function spawn(words: readonly string[], environment: Record<string, string>): number | null {
  const env = { ...process.env, ...environment };
  return spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit', env }).status;
}
