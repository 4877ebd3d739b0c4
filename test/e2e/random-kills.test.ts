import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { BuilderWatch } from '../helpers/e2e-builder-watch.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { registryOf } from '../helpers/expect-published.ts';
import { expectPublishedOnce, type Trial, trialEnvironment } from '../helpers/published-once.ts';

const kills = Number(process.env['TWINHULL_SOAK_KILLS'] ?? 6);
const seed = Number(process.env['TWINHULL_SOAK_SEED'] ?? 1);

/** A process is killed within this time after its start, in milliseconds: a trivial build takes about as long. */
const span = 4_000;

describe('the command line, killed at random moments', () => {
  let bed: E2eBed;
  let builders: BuilderWatch;
  let words: readonly string[];

  beforeAll(async () => {
    bed = await E2eBed.open();
    builders = await BuilderWatch.open(bed.docker);
    const { url } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL bed=${bed.name}\n` });
    const recipe = await bed.file(oneImage({ dockerfile: { cache: false } }));
    words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json'];
  });

  afterAll(async () => {
    await bed.dispose();
    builders.close();
  });

  it(`publishes every build once, through ${kills} kills (seed ${seed})`, async () => {
    const random = randomNumbers(seed);
    for (let done = 0, trials = 1; done < kills; trials += 1) {
      const trial = {
        stateFolder: join(bed.folder, `state-${trials}`),
        destination: `${bed.destination}-${trials}`,
      };
      done += await killUpTo(1 + Math.floor(random() * 3), trial, random);
      const last = await bed.run(words, { env: trialEnvironment(trial) });
      expect(last.exitCode, last.stderr).toBe(0);
      await expectPublishedOnce(bed, builders, trial, JSON.parse(last.stdout) as BuildJson);
      await registryOf(bed, trial.destination).clear();
    }
  });

  /** @returns how many processes were really killed: one may have ended first */
  async function killUpTo(most: number, trial: Trial, random: () => number): Promise<number> {
    let killed = 0;
    for (let i = 0; i < most; i += 1) {
      const running = bed.start(words, { env: trialEnvironment(trial) });
      await Promise.race([running, pause(random() * span)]);
      running.kill('SIGKILL');
      if ((await running).signal === 'SIGKILL') killed += 1;
    }
    return killed;
  }
});

/** Mulberry32: small, and the same everywhere for the same seed. */
function randomNumbers(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
