import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bed } from '../bed.ts';
import { Buildah } from '../buildah.ts';
import { BenchEngine } from '../engine.ts';
import { type Contestant, interleave, secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import { openRegistryFor } from '../registry.ts';
import type { Comparison } from '../results.ts';
import { Twinhull } from '../twinhull.ts';

/** One build, as long as a loop in the shell takes on the emulated platform. */
interface Length {
  readonly what: string;
  readonly turns: number;
  readonly rounds: number;
  readonly atMostTimes: number;
}

const lengths: readonly Length[] = [
  { what: 'about ten seconds', turns: 800_000, rounds: 7, atMostTimes: 1.15 },
  { what: 'about a minute', turns: 5_000_000, rounds: 3, atMostTimes: 1.03 },
];

const recipe = 'version: 1\nname: bench\nimages:\n  app:\n    dockerfile: { path: Dockerfile, cache: false }\n';

export const otherBuilders: Measure = {
  name: 'other-builders',
  title: 'The same two platforms by buildx and by buildah',
  method:
    'One file and a loop in the shell, for both platforms, one of them emulated, each time with new content, on the newest engine with the ' +
    'containerd image store: `twinhull build`, which clones, verifies, publishes both or nothing and survives a kill, against ' +
    '`docker buildx build --platform linux/amd64,linux/arm64 --push`, and against `buildah build --manifest` and `buildah manifest push`, of a ' +
    'folder that is already there.',

  async run(bed) {
    const engine = await BenchEngine.start(bed, 'newest');
    const registry = await openRegistryFor(bed);
    const tools = { engine, registry, buildah: await Buildah.unpack(bed, registry) };
    const comparisons: Comparison[] = [];
    for (const length of lengths) comparisons.push(...(await compare(bed, tools, length)));
    return { comparisons };
  },
};

interface Tools {
  readonly engine: BenchEngine;
  readonly buildah: Buildah;
  /** `host:port` */
  readonly registry: string;
}

async function compare(bed: Bed, tools: Tools, length: Length): Promise<readonly Comparison[]> {
  const { rounds, what, atMostTimes } = length;
  const ours = await twinhullOf(bed, tools, length);
  const others = othersOf(bed, tools, length);
  const [mine = [], ...theirs] = await interleave([ours, ...others], { rounds, onSample: bed.saySample('seconds') });
  return others.map(({ label }, n) => ({
    what: `${what}, ${n === 0 ? 'buildx' : 'buildah'}`,
    unit: 'seconds',
    ours: { label: ours.label, samples: mine },
    baseline: { label, samples: theirs[n] ?? [] },
    target: { atMostTimes: n === 0 ? atMostTimes : 1 },
  }));
}

async function twinhullOf(bed: Bed, { engine, registry }: Tools, { turns }: Length): Promise<Contestant> {
  const { repository, url } = await bed.repository({
    Dockerfile: dockerfile(bed.lab.images.busybox, turns),
    stamp: '',
  });
  const twinhull = new Twinhull(bed, { engine, destination: `${registry}/bench/twinhull` });
  const recipeFile = join(bed.newFolder(), 'twinhull.yaml');
  writeFileSync(recipeFile, recipe);
  return {
    label: '`twinhull build`',
    run: async () => {
      const commit = await repository.commit({ stamp: randomUUID() });
      return secondsOf(() => twinhull.build({ repository: url, commit, recipe: recipeFile }));
    },
  };
}

function othersOf(bed: Bed, { engine, buildah, registry }: Tools, { turns }: Length): readonly Contestant[] {
  const context = bed.newFolder();
  writeFileSync(join(context, 'Dockerfile'), dockerfile(bed.lab.images.busybox, turns));
  const fresh = (tool: string, round: number): string => {
    writeFileSync(join(context, 'stamp'), randomUUID());
    return `${registry}/bench/${tool}:${String(turns)}-${String(round)}`;
  };
  return [
    {
      label: '`docker buildx build --push`',
      run: (round) => {
        const tag = fresh('buildx', round);
        const words = [
          '--platform',
          'linux/amd64,linux/arm64',
          '--push',
          '--provenance=false',
          '--quiet',
          '--tag',
          tag,
        ];
        return secondsOf(() => engine.docker('buildx', 'build', ...words, context));
      },
    },
    {
      label: '`buildah build` and `manifest push`',
      run: (round) => {
        const reference = fresh('buildah', round);
        return secondsOf(() => buildah.build(context, reference));
      },
    },
  ];
}

function dockerfile(base: string, turns: number): string {
  return `FROM ${base}\nCOPY stamp /stamp\nRUN i=0; while [ $i -lt ${String(turns)} ]; do i=$((i + 1)); done\n`;
}
