import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/presentation/json.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { BuilderWatch } from '../helpers/e2e-builder-watch.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { registryOf } from '../helpers/expect-published.ts';
import { expectPublishedOnce, inParallel, type Trial, trialEnvironment } from '../helpers/published-once.ts';

const program = fileURLToPath(new URL('../helpers/crashing-build.mjs', import.meta.url));

/** Calls that change something: every one of them is a point. Of those that only look, the first two are. */
const changes =
  /^(?:store\.(?:create|append|appendLog|releaseLease)|backend\.(?:submit|terminate|release)|registry\.putManifest)#/;

describe('a driver that is killed at any point', () => {
  let bed: E2eBed;
  let builders: BuilderWatch;
  let repository: string;
  let trials = 0;

  beforeAll(async () => {
    bed = await E2eBed.open();
    builders = await BuilderWatch.open(bed.docker);
    ({ url: repository } = await bed.repository({ 'README.md': 'Nothing of its own.\n' }));
  });

  afterAll(async () => {
    await bed.dispose();
    builders.close();
  });

  it('leaves a build that goes on, is published, and whose work was done once', async ({ signal }) => {
    const points = await pointsOfABuild();
    let tried = 0;
    let killed = 0;
    const wrong: string[] = [];
    const report = (): void => console.log(`${points.length} crash points, ${tried} tried, ${killed} reached`, wrong);
    signal.addEventListener('abort', report);
    await inParallel(points, 5, async (point) => {
      if (signal.aborted) return;
      tried += 1;
      try {
        if (await survives(point)) killed += 1;
      } catch (error) {
        wrong.push(`killed at ${point}: ${String(error)}`);
      }
    });
    report();
    expect(wrong).toEqual([]);
    // A point may be missed where timing decides how often something is looked at.
    expect(killed).toBeGreaterThan(points.length * 0.95);
  }, 1_500_000);

  async function pointsOfABuild(): Promise<readonly string[]> {
    const log = join(bed.folder, 'points');
    const trial = await newTrial();
    const ended = await run(trial, { CRASH_LOG: log });
    expect(ended.exitCode, ended.stderr).toBe(0);
    await registryOf(bed, trial.destination).clear();
    const passed = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
    const chosen = passed.filter((point) => changes.test(point) || /#[12] /.test(point));
    expect(chosen.length).toBeGreaterThan(60);
    return [...new Set(chosen)];
  }

  /** @returns whether the kill came about; the build has to end well either way */
  async function survives(point: string): Promise<boolean> {
    const trial = await newTrial();
    const crashed = await run(trial, { CRASH_AT: point });
    const words = ['build', '--repository', repository, '--ref', 'main', '--recipe', trial.recipe, '--json'];
    const again = await bed.run(words, { env: trialEnvironment(trial) });
    if (again.exitCode !== 0) throw new Error(`exit code ${again.exitCode}: ${again.stderr}`);
    await expectPublishedOnce(bed, builders, trial, JSON.parse(again.stdout) as BuildJson);
    await registryOf(bed, trial.destination).clear();
    return crashed.signal === 'SIGKILL';
  }

  /** Each builds an image of its own: an engine may remove an image for one build while it makes the same for another. */
  async function newTrial(): Promise<Trial & { readonly recipe: string }> {
    trials += 1;
    const inline = `FROM ${bed.lab.images.busybox}\nLABEL trial=${trials}\n`;
    return {
      stateFolder: join(bed.folder, `state-${trials}`),
      destination: `${bed.destination}-${trials}`,
      recipe: await bed.file(oneImage({ dockerfile: { inline, cache: false } })),
    };
  }

  function run(trial: Trial & { readonly recipe: string }, crash: Record<string, string>) {
    const build = { CRASH_REPOSITORY: repository, CRASH_REFERENCE: 'main', TWINHULL_RECIPE: trial.recipe };
    const env = { ...bed.environment(trialEnvironment(trial)), ...build, ...crash };
    return execa(process.execPath, [program], {
      env,
      extendEnv: false,
      cwd: bed.folder,
      reject: false,
      timeout: 120_000,
    });
  }
});
