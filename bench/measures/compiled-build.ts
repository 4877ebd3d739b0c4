import { compiledProgram, fromBase } from '../compiled-program.ts';
import { pushCompilerBase } from '../compiler-base.ts';
import { BenchEngine } from '../engine.ts';
import type { Measure } from '../measure.ts';
import { openRegistryFor } from '../registry.ts';
import { compareSides } from '../sides.ts';

export const compiledBuild: Measure = {
  name: 'compiled-build',
  title: 'A real two-platform build',
  method:
    'Installs gcc on a Debian base and compiles C, one platform emulated, with content of its own in each commit before the ' +
    'first step, so that every run does all the work. The base holds the packages, not yet installed: a slow mirror would ' +
    'strike one side only. The two sides are those of trivial-build.',

  async run(bed) {
    const engine = await BenchEngine.start(bed);
    const registry = await openRegistryFor(bed);
    const files = compiledProgram(await pushCompilerBase(bed, engine, registry), fromBase);
    const target = { atMostTimes: 1.03, orAtMostMore: 1 };
    return { comparisons: [await compareSides(bed, { engine, registry, files, stamp: 'stamp', rounds: 7, target })] };
  },
};
