import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bed } from '../bed.ts';
import { BenchEngine } from '../engine.ts';
import { interleave, secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import { openRegistryFor } from '../registry.ts';
import type { Comparison } from '../results.ts';
import { Twinhull } from '../twinhull.ts';

/** One build: its length is that of a loop in the shell, which the emulated platform takes longer for. */
interface Length {
  readonly what: string;
  readonly turns: number;
  readonly rounds: number;
  readonly atMostTimes: number;
}

const lengths: readonly Length[] = [
  { what: 'about ten seconds', turns: 1_600_000, rounds: 7, atMostTimes: 1.15 },
  { what: 'about a minute', turns: 11_000_000, rounds: 3, atMostTimes: 1.03 },
];

const recipe = 'version: 1\nname: bench\nimages:\n  app:\n    dockerfile: { path: Dockerfile, cache: false }\n';

export const buildxBuild: Measure = {
  name: 'buildx-build',
  title: 'The same two platforms by `docker buildx build`',
  method:
    'One file and a loop in the shell, for both platforms, one of them emulated, each time with new content, on the newest engine with the ' +
    'containerd image store: `twinhull build`, which clones, verifies, publishes both or nothing and survives a kill, against ' +
    '`docker buildx build --platform linux/amd64,linux/arm64 --push` of a folder that is already there.',

  async run(bed) {
    const engine = await BenchEngine.start(bed, 'newest');
    const registry = await openRegistryFor(bed);
    const comparisons: Comparison[] = [];
    for (const length of lengths) comparisons.push(await compare(bed, engine, registry, length));
    return { comparisons };
  },
};

async function compare(bed: Bed, engine: BenchEngine, registry: string, length: Length): Promise<Comparison> {
  const files = { Dockerfile: dockerfile(bed.lab.images.busybox, length.turns), stamp: '' };
  const { repository, url } = await bed.repository(files);
  const twinhull = new Twinhull(bed, { engine, destination: `${registry}/bench/twinhull` });
  const recipeFile = join(bed.newFolder(), 'twinhull.yaml');
  writeFileSync(recipeFile, recipe);
  const context = bed.newFolder();
  writeFileSync(join(context, 'Dockerfile'), files.Dockerfile);

  const ours = {
    label: '`twinhull build`',
    run: async () => {
      const commit = await repository.commit({ stamp: randomUUID() });
      return secondsOf(() => twinhull.build({ repository: url, commit, recipe: recipeFile }));
    },
  };
  const buildx = {
    label: '`docker buildx build --push`',
    run: (round: number) => {
      writeFileSync(join(context, 'stamp'), randomUUID());
      const tag = `${registry}/bench/buildx:${String(length.turns)}-${String(round)}`;
      const words = ['--platform', 'linux/amd64,linux/arm64', '--push', '--provenance=false', '--quiet', '--tag', tag];
      return secondsOf(() => engine.docker('buildx', 'build', ...words, context));
    },
  };
  const { rounds, what, atMostTimes } = length;
  const [mine = [], theirs = []] = await interleave([ours, buildx], { rounds, onSample: bed.saySample('seconds') });
  return {
    what,
    unit: 'seconds',
    ours: { label: ours.label, samples: mine },
    baseline: { label: buildx.label, samples: theirs },
    target: { atMostTimes },
  };
}

function dockerfile(base: string, turns: number): string {
  return `FROM ${base}\nCOPY stamp /stamp\nRUN i=0; while [ $i -lt ${String(turns)} ]; do i=$((i + 1)); done\n`;
}
