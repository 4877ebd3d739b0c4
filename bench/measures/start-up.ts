import { join } from 'node:path';
import { execa } from 'execa';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import { program } from '../bed.ts';
import { type Contestant, interleave, secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import type { Comparison } from '../results.ts';

const stored = 10_000;
const rounds = 21;
const nothing = '`node -e 0`';

export const startUp: Measure = {
  name: 'start-up',
  title: 'Start-up of the command line',
  method:
    'Processes that start, answer and end, in turn; the store holds 10,000 published builds, all of which are listed.',

  async run(bed) {
    const stateFolder = bed.newFolder();
    bed.say(`storing ${String(stored)} builds`);
    await fillStore(join(stateFolder, 'twinhull.db'));
    const list = ['list', '--json', '--all'];
    await expectAll(stateFolder, list);
    const contestants = [
      command(nothing, stateFolder, ['-e', '0']),
      command('`twinhull --version`', stateFolder, [program, '--version']),
      command('`twinhull list --json --all`', stateFolder, [program, ...list]),
    ];
    const [base = [], version = [], listed = []] = await interleave(contestants, {
      rounds,
      warmUps: 2,
      onSample: bed.saySample('seconds'),
    });
    return {
      comparisons: [
        comparison('version', { label: '`twinhull --version`', samples: version }, base, 4),
        comparison('list of 10,000 builds', { label: '`twinhull list --json --all`', samples: listed }, base, 3),
      ],
    };
  },
};

function command(label: string, stateFolder: string, words: readonly string[]): Contestant {
  return { label, run: () => secondsOf(() => runNode(stateFolder, words)) };
}

async function runNode(stateFolder: string, words: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', TWINHULL_STATE_DIR: stateFolder };
  return (await execa(process.execPath, words, { env, extendEnv: false, stdin: 'ignore' })).stdout;
}

async function expectAll(stateFolder: string, list: readonly string[]): Promise<void> {
  const listed = JSON.parse(await runNode(stateFolder, [program, ...list])) as unknown[];
  if (listed.length !== stored) throw new Error(`${String(listed.length)} builds are listed, ${String(stored)} stored`);
}

function comparison(
  what: string,
  ours: Comparison['ours'],
  baseline: readonly number[],
  atMostTimes: number,
): Comparison {
  return { what, unit: 'seconds', ours, baseline: { label: nothing, samples: baseline }, target: { atMostTimes } };
}

async function fillStore(file: string): Promise<void> {
  const store = await openSqliteStore(file);
  try {
    for (let n = 0; n < stored; n += 1) await storePublished(store, Date.UTC(2026, 0, 1) + n * 60_000);
  } finally {
    await store.close();
  }
}

async function storePublished(store: BuildStore, createdAt: number): Promise<void> {
  const plan = samplePlan();
  const build = sampleBuild(plan, { createdAt });
  const platforms = plan.jobs.map(({ platform }) => platform);
  await store.create(build, plan, [{ type: 'build.created', commit: build.commit, recipe: build.recipe, platforms }]);
  await store.append(build, [{ type: 'publish.started' }, { type: 'build.published' }], createdAt + 45_000);
}
