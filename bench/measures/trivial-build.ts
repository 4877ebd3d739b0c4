import { BenchEngine } from '../engine.ts';
import type { Measure } from '../measure.ts';
import { openRegistryFor } from '../registry.ts';
import { compareSides } from '../sides.ts';

export const trivialBuild: Measure = {
  name: 'trivial-build',
  title: 'A trivial two-platform build',
  method:
    'Copies one file into a busybox image, for both platforms, each time from a new commit: `twinhull build` as a process of its own, ' +
    'against the same builder script in two parallel `docker run`s and an index put by plain HTTP.',

  async run(bed) {
    const engine = await BenchEngine.start(bed);
    const registry = await openRegistryFor(bed);
    const { busybox } = bed.lab.images;
    const files = { Dockerfile: `FROM ${busybox}\nCOPY stamp /stamp\n`, stamp: '' };
    const target = { atMostTimes: 1.2, orAtMostMore: 0.35 };
    return { comparisons: [await compareSides(bed, { engine, registry, files, stamp: 'stamp', rounds: 7, target })] };
  },
};
