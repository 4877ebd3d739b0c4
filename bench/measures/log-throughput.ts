import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { dockerClient } from '../../lab/engine-client.ts';
import { nativePlatform } from '../../lab/platforms.ts';
import type { Bed } from '../bed.ts';
import { BenchEngine } from '../engine.ts';
import { interleave } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import { readNumberedLines } from '../numbered-lines.ts';
import { openRegistryFor } from '../registry.ts';
import type { Comparison } from '../results.ts';
import { Twinhull, wordsOf } from '../twinhull.ts';

const lines = 500_000;
const rounds = 3;
const numbered = `seq -f 'line %.0f of the log: cc -O2 -Wall -Wextra -c src/module.c -o build/module.o' 1 ${String(lines)}`;

/** How the program prints the lines. */
const writers = {
  'one write a line': `stdbuf -oL ${numbered}`,
  'writes of 256 KiB': `${numbered} | dd obs=256K status=none`,
} as const;
type Writer = keyof typeof writers;

export const logThroughput: Measure = {
  name: 'log-throughput',
  title: 'Log throughput from a builder to the terminal',
  method:
    'A build script prints 500,000 numbered lines; the output of `twinhull build` is read, against that of `docker logs -f` of a ' +
    'container that prints the same. Timed from the first line to the last as the reader sees them. Every line of `twinhull build` ' +
    'must arrive exactly once and in order, or the measure fails.',

  async run(bed) {
    const engine = await BenchEngine.start(bed);
    const host = await openRegistryFor(bed);
    const comparisons: Comparison[] = [];
    for (const writer of Object.keys(writers) as Writer[]) {
      comparisons.push(await compareReaders(bed, engine, `${host}/bench/app`, writer));
    }
    return { comparisons };
  },
};

async function compareReaders(bed: Bed, engine: BenchEngine, destination: string, writer: Writer): Promise<Comparison> {
  bed.say(writer);
  const twinhull = new Twinhull(bed, { engine, destination });
  const { repository, url } = await bed.repository({
    Dockerfile: `FROM ${bed.lab.images.busybox}\n`,
    'build.sh': `set -eu\n${writers[writer]}\ndocker build -t "$1/$2:$3" .\ndocker push "$1/$2:$3"\n`,
  });
  const recipe = writeRecipe(bed);
  const contestants = [
    {
      label: '`twinhull build`',
      run: async (round: number) => {
        const commit = await repository.commit({ round: `${writer} ${String(round)}` });
        const building = twinhull.start('build', ...wordsOf({ repository: url, commit, recipe }));
        building.catch(() => undefined); // The output is read first and has more detail.
        const { seconds, count, isWhole, tail } = await readNumberedLines(building.stderr, lines);
        if (!isWhole) throw new Error(`of ${String(lines)} lines ${String(count)} arrived, or not in order:\n${tail}`);
        await building;
        return lines / seconds;
      },
    },
    { label: '`docker logs -f`', run: () => followContainer(bed, engine, writer) },
  ];
  const onSample = bed.saySample('lines per second');
  const [ours = [], baseline = []] = await interleave(contestants, { rounds, onSample });
  return {
    what: writer,
    unit: 'lines per second',
    ours: { label: '`twinhull build`', samples: ours },
    baseline: { label: '`docker logs -f`', samples: baseline },
    target: { atLeastTimes: 0.5 },
  };
}

async function followContainer(bed: Bed, engine: BenchEngine, writer: Writer): Promise<number> {
  const words = ['--entrypoint', 'sh', bed.lab.images.builder, '-c', writers[writer]];
  const id = (await engine.docker('run', '--detach', ...words)).trim();
  const options = { buffer: false, stdin: 'ignore' } as const;
  const following = execa(dockerClient(), ['--host', engine.host, 'logs', '--follow', id], options);
  const { seconds, count } = await readNumberedLines(following.stdout, lines);
  await following;
  await engine.docker('rm', '--force', id);
  // Older engines may cut off the end of a followed log, so only the lines received count.
  return count / seconds;
}

function writeRecipe(bed: Bed): string {
  const file = join(bed.newFolder(), 'twinhull.yaml');
  const script = `{ path: build.sh, args: ['{registry}', '{repository}', '{tag}'] }`;
  writeFileSync(
    file,
    `version: 1\nname: bench\nimages:\n  app: { platforms: [${nativePlatform}], script: ${script} }\n`,
  );
  return file;
}
