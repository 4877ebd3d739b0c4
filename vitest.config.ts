import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { labHome, labPaths } from './lab/home.ts';
import { LongestFirst } from './test/helpers/longest-first.ts';

/** Tests that use the emulated AWS of the lab: deploying its stack takes a while, and no other test needs it. */
const onAws = [
  'test/e2e/aws-*.test.ts',
  'test/e2e/consumers.test.ts',
  'test/e2e/doctor-aws.test.ts',
  'test/integration/ecr-registry.test.ts',
  'test/integration/stack-template.test.ts',
];

/** Needs a client with buildx and compose, which the stable one has not. */
const onlyNewestEngine = ['test/integration/builder-buildx.test.ts', 'test/integration/builder-cache-max.test.ts'];

/** What an engine takes part in, once more on the newest one with the containerd image store. */
const onNewestEngine = [
  'test/contract/docker-job-backend.test.ts',
  'test/e2e/cancel.test.ts',
  'test/e2e/failed-half.test.ts',
  'test/e2e/full-registry.test.ts',
  'test/e2e/limits.test.ts',
  'test/e2e/recipe-features.test.ts',
  'test/e2e/vecoli-preset.test.ts',
  'test/integration/builder-*.test.ts',
  'test/integration/docker-*.test.ts',
  'test/integration/doctor.test.ts',
];

/**
 * Of those: what the engine does not affect, the inline layer cache, which the newest one replaces, and what removes
 * images by rules that would meet those of other tests on the same engine.
 */
const notOnNewestEngine = [
  'test/integration/builder-agent-cleanup.test.ts',
  'test/integration/builder-aws-requests.test.ts',
  'test/integration/builder-bootstrap.test.ts',
  'test/integration/builder-cache.test.ts',
  'test/integration/builder-checkout.test.ts',
  'test/integration/builder-git-answers.test.ts',
  'test/integration/builder-grammar.test.ts',
  'test/integration/builder-hostile.test.ts',
  'test/integration/builder-lfs.test.ts',
  'test/integration/builder-links.test.ts',
  'test/integration/builder-shellcheck.test.ts',
  'test/integration/builder-stages.test.ts',
  'test/integration/builder-sweep.test.ts',
];

/** Fails a test that makes a call to AWS which the roles' table lacks. */
const setupFiles = ['test/helpers/listed-aws-calls.ts'];

/** Shared by the projects that run on real parts. */
const real = {
  setupFiles,
  testTimeout: 900_000,
  hookTimeout: 900_000,
  // Two cores: more than this at once only makes every build slower.
  maxWorkers: 3,
  sequence: { groupOrder: 1 },
};

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles,
          include: [
            'src/**/*.test.ts',
            'lab/**/*.test.ts',
            'scripts/**/*.test.ts',
            'infra/**/*.test.ts',
            'deploy/**/*.test.ts',
            'web/**/*.test.ts',
          ],
          // Ends what hangs; on a busy machine everything takes several times as long.
          testTimeout: 600_000,
          // vitest leaves one core for itself, which on two cores is half of them.
          maxWorkers: availableParallelism(),
        },
      },
      {
        test: {
          ...real,
          name: 'real',
          include: ['test/**/*.test.ts'],
          exclude: [...onAws, ...onlyNewestEngine],
          globalSetup: ['test/helpers/lab-setup.ts'],
        },
      },
      {
        test: {
          ...real,
          name: 'real-newest',
          include: onNewestEngine,
          exclude: notOnNewestEngine,
          globalSetup: ['test/helpers/newest-lab-setup.ts'],
          // The lab as the newest engine sees it.
          env: { TWINHULL_LAB_HOME: labPaths(labHome()).newestFolder },
        },
      },
      {
        test: { ...real, name: 'aws', include: onAws, globalSetup: ['test/helpers/aws-lab-setup.ts'] },
      },
    ],
  },
});
