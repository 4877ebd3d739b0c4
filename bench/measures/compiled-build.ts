import { compiledProgram } from '../compiled-program.ts';
import type { Measure } from '../measure.ts';
import { compareSides } from '../sides.ts';

export const compiledBuild: Measure = {
  name: 'compiled-build',
  title: 'A real two-platform build',
  method:
    'Installs gcc on a Debian base and compiles C, one platform emulated, with content of its own in each commit before the ' +
    'first step, so that every run does all the work. The two sides are those of trivial-build.',

  async run(bed) {
    const files = compiledProgram(bed.lab.images.debian);
    const target = { atMostTimes: 1.03, orAtMostMore: 1 };
    return { comparisons: [await compareSides(bed, { files, stamp: 'stamp', rounds: 3, target })] };
  },
};
