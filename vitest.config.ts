import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'lab/**/*.test.ts',
            'scripts/**/*.test.ts',
            'infra/**/*.test.ts',
            'deploy/**/*.test.ts',
          ],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/helpers/lab-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          // Two cores: more than this at once only makes every build slower.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
