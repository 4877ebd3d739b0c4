import { it } from 'vitest';
import { GatedBuild } from './e2e-gated-build.ts';

/** `it` with a gated build of its own for each test, so that tests of a file may run side by side. */
export const itWithBuild = it.extend<{ build: GatedBuild }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a fixture depends on
  build: async ({}, use) => {
    const build = await GatedBuild.open();
    try {
      await use(build);
    } finally {
      await build.dispose();
    }
  },
});
