import { it } from 'vitest';
import { GatedBuild } from './e2e-gated-build.ts';

/** `it` with a separate gated build for each test, so that the tests of a file may run concurrently. */
export const itWithBuild = it.extend<{ build: GatedBuild }>({
  build: async ({}, use) => {
    const build = await GatedBuild.open();
    try {
      await use(build);
    } finally {
      await build.dispose();
    }
  },
});
