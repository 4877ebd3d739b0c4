import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { buildToJson } from '../../src/build-json/json.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { crashChains, crashPoints, unforeseen } from '../helpers/crash-points.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { BuilderWatch } from '../helpers/e2e-builder-watch.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { registryOf } from '../helpers/expect-published.ts';
import { expectPublishedOnce, inParallel, type Trial, trialEnvironment } from '../helpers/published-once.ts';

const program = fileURLToPath(new URL('../helpers/crashing-builds.mjs', import.meta.url));

/** Builds that share a process, and concurrent processes. */
const groupSize = 4;
const groupsAtOnce = 2;

/** Ends a program that hangs. */
const patience = 300_000;

interface CrashTrial extends Trial {
  readonly name: string;
  readonly recipe: string;
  /** The points at which its processes are killed, in order. */
  readonly chain: readonly string[];
  /** Calls that it passed in any of its processes. */
  readonly passed: Set<string>;
}

/** A line of the program's call log. */
interface Note {
  readonly trial: string;
  readonly passed?: string;
  readonly reached?: string;
  readonly ended?: true;
  readonly failed?: string;
}

it('has a chain for every crash point', () => {
  expect(new Set(crashChains().flat())).toEqual(new Set(crashPoints));
});

describe('a driver that is killed at any point', () => {
  let bed: E2eBed;
  let builders: BuilderWatch;
  let repository: string;
  let processes = 0;

  beforeAll(async () => {
    bed = await E2eBed.open();
    builders = await BuilderWatch.open(bed.docker);
    ({ url: repository } = await bed.repository({ 'README.md': 'Nothing of its own.\n' }));
  });

  afterAll(async () => {
    await bed.dispose();
    builders.close();
  });

  it('leaves a build that continues and is published, with its work done once', async ({ signal }) => {
    const undisturbed = await newTrial('undisturbed', []);
    const trials = [undisturbed];
    for (const [index, chain] of crashChains().entries()) trials.push(await newTrial(String(index), chain));
    const groups = Array.from({ length: Math.ceil(trials.length / groupSize) }, (_, group) =>
      trials.slice(group * groupSize, (group + 1) * groupSize),
    );
    const wrong: string[] = [];
    await inParallel(groups, groupsAtOnce, async (group) => {
      if (!signal.aborted) wrong.push(...(await troubles(group)));
    });
    expect(wrong).toEqual([]);
    // In an undisturbed build, every changing call is a point, and no point is missed.
    expect(unforeseen(undisturbed.passed)).toEqual([]);
    expect(crashPoints.filter((point) => !undisturbed.passed.has(point))).toEqual([]);
  }, 1_500_000);

  /** Kills the builds of a group at all points of their chains, lets them end, and returns what was wrong with any. */
  async function troubles(group: readonly CrashTrial[]): Promise<readonly string[]> {
    const wrong: string[] = [];
    const kills = Math.max(...group.map(({ chain }) => chain.length));
    for (let kill = 0; kill < kills; kill += 1) {
      const due = group.filter(({ chain }) => chain[kill] !== undefined);
      const { signal, notes } = await run(due, kill);
      const reached = due.map(({ name, chain }) =>
        notes.some((note) => note.trial === name && note.reached === chain[kill]),
      );
      for (const [index, trial] of due.entries()) if (!reached[index]) wrong.push(missed(trial, kill, notes));
      if (signal !== 'SIGKILL') wrong.push(`the process ended by ${String(signal)}`);
    }
    const { notes } = await run(group, kills);
    for (const trial of group) {
      try {
        expect(notes.filter((note) => note.trial === trial.name && note.passed === undefined)).toEqual([
          { trial: trial.name, ended: true },
        ]);
        await expectPublishedOnce(bed, builders, trial, await buildOf(trial));
        await registryOf(bed, trial.destination).clear();
      } catch (error) {
        wrong.push(`killed at ${trial.chain.join(', then at ')}: ${String(error)}`);
      }
    }
    return wrong;
  }

  function missed({ name, chain }: CrashTrial, kill: number, notes: readonly Note[]): string {
    const own = notes.filter(({ trial }) => trial === name);
    const last = own.filter(({ passed }) => passed !== undefined).at(-1)?.passed ?? 'nothing';
    const failed = own.find((note) => note.failed !== undefined)?.failed ?? 'without an error';
    return `${chain[kill] ?? ''} was not reached after ${chain.slice(0, kill).join(', ')}: passed ${last} last, ${failed}`;
  }

  async function buildOf({ stateFolder }: CrashTrial): Promise<BuildJson> {
    const store = await openSqliteStore(join(stateFolder, 'twinhull.db'));
    try {
      const [summary] = await store.list({ limit: 1 });
      const build = summary && (await store.load(summary.id));
      if (build === undefined) throw new Error('there is no build');
      return buildToJson(build);
    } finally {
      await store.close();
    }
  }

  /** Each builds a different image: an engine may remove an image for one build while creating the same for another. */
  async function newTrial(name: string, chain: readonly string[]): Promise<CrashTrial> {
    const inline = `FROM ${bed.lab.images.busybox}\nLABEL trial=${name}\n`;
    return {
      name,
      chain,
      stateFolder: join(bed.folder, `state-${name}`),
      destination: `${bed.destination}-${name}`,
      recipe: await bed.file(oneImage({ dockerfile: { inline, cache: false } })),
      passed: new Set(),
    };
  }

  /** Runs builds in one process, each to its kill point of this number, or to its end if it has none. */
  async function run(trials: readonly CrashTrial[], kill: number) {
    processes += 1;
    const log = join(bed.folder, `calls-${processes}`);
    const parts = trials.map((trial) => ({
      name: trial.name,
      point: trial.chain[kill],
      environment: { ...trialEnvironment(trial), TWINHULL_RECIPE: trial.recipe },
    }));
    const ended = await execa(process.execPath, [program], {
      env: bed.environment({ CRASH_TRIALS: JSON.stringify(parts), CRASH_LOG: log, CRASH_REPOSITORY: repository }),
      extendEnv: false,
      cwd: bed.folder,
      reject: false,
      timeout: patience,
      killSignal: 'SIGTERM',
    });
    const text = await readFile(log, 'utf8').catch(() => `${JSON.stringify({ failed: ended.stderr })}\n`);
    const notes = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Note);
    for (const { trial, passed } of notes)
      if (passed !== undefined) trials.find(({ name }) => name === trial)?.passed.add(passed);
    return { signal: ended.signal, notes };
  }
});
