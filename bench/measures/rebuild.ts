import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { Bed } from '../bed.ts';
import { compiledProgram, fromMirror, sumProgram } from '../compiled-program.ts';
import { BenchEngine } from '../engine.ts';
import type { Measure } from '../measure.ts';
import { quantity } from '../quantities.ts';
import { openRegistryFor } from '../registry.ts';
import type { Comparison } from '../results.ts';
import { Twinhull } from '../twinhull.ts';

const rounds = 3;
const platforms = ['linux/amd64', 'linux/arm64'] as const;
type Platform = (typeof platforms)[number];
type Targets = Readonly<Record<Platform, number>>;

export const rebuild: Measure = {
  name: 'rebuild',
  title: 'A rebuild after a source change, on an emptied engine',
  method:
    'Installs gcc from a mirror and compiles C, with `cache: true`: first on an engine without any image, with no cache in the registry; then on ' +
    'the emptied engine again, from a commit that changed the C source. Seconds of each job, from its container’s start to its end.',

  async run(bed) {
    const engine = await BenchEngine.start(bed);
    const files = compiledProgram(bed.lab.images.debian, fromMirror);
    return { comparisons: await compare(bed, engine, files, { 'linux/amd64': 0.5, 'linux/arm64': 0.2 }) };
  },
};

export const multiStage: Measure = {
  name: 'multi-stage',
  title: 'A rebuild of a Dockerfile with several stages, on an emptied engine',
  method:
    'The program of rebuild, with the compiler in a stage of its own, of which only the program gets into the image, on the newest engine with the ' +
    'containerd image store, whose cache has the steps of all stages.',

  async run(bed) {
    const engine = await BenchEngine.start(bed, 'newest');
    const { debian } = bed.lab.images;
    const { Dockerfile, ...files } = compiledProgram(debian, fromMirror);
    const stages = `${Dockerfile.replace(/^FROM \S+/, '$& AS compiler')}FROM ${debian}\nCOPY --from=compiler /usr/local/bin/sum /usr/local/bin/sum\nRUN sum\n`;
    const targets = { 'linux/amd64': 0.3, 'linux/arm64': 0.3 };
    return { comparisons: await compare(bed, engine, { ...files, Dockerfile: stages }, targets) };
  },
};

/** @param files of the repository, with the source in `main.c` */
async function compare(
  bed: Bed,
  engine: BenchEngine,
  files: Readonly<Record<string, string>>,
  targets: Targets,
): Promise<readonly Comparison[]> {
  const twinhull = new Twinhull(bed, { engine, destination: `${await openRegistryFor(bed)}/bench/app` });
  const { repository, url } = await bed.repository(files);
  const build = async (recipe: string, version: number): Promise<BuildJson> => {
    const commit = await repository.commit({ 'main.c': sumProgram(version) });
    return twinhull.build({ repository: url, commit, recipe });
  };

  // Puts the base's layers into the registry, where every later build of either side finds them.
  await build(primer(bed), 0);
  const cold: BuildJson[] = [];
  const warm: BuildJson[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // The cache is keyed by the image's name.
    const recipe = recipeOf(bed, `app${String(round)}`);
    await engine.empty();
    cold.push(await build(recipe, 10 * round));
    await engine.empty();
    warm.push(await build(recipe, 10 * round + 1));
    say(bed, round, cold, warm);
  }
  return platforms.map((platform) => comparisonOf(platform, targets[platform], warm, cold));
}

function recipeOf(bed: Bed, image: string): string {
  return writeRecipe(bed, `version: 1\nname: bench\nimages:\n  ${image}:\n    dockerfile: { path: Dockerfile }\n`);
}

function primer(bed: Bed): string {
  const dockerfile = `FROM ${bed.lab.images.debian}\\nCOPY main.c /\\n`;
  return writeRecipe(
    bed,
    `version: 1\nname: bench\nimages:\n  app:\n    dockerfile: { inline: "${dockerfile}", cache: false }\n`,
  );
}

function writeRecipe(bed: Bed, text: string): string {
  const file = join(bed.newFolder(), 'twinhull.yaml');
  writeFileSync(file, text);
  return file;
}

function comparisonOf(
  platform: Platform,
  atMostTimes: number,
  warm: readonly BuildJson[],
  cold: readonly BuildJson[],
): Comparison {
  return {
    what: platform,
    unit: 'seconds',
    ours: { label: 'rebuild with the registry layer cache', samples: warm.map((build) => jobSeconds(build, platform)) },
    baseline: { label: 'cold build', samples: cold.map((build) => jobSeconds(build, platform)) },
    target: { atMostTimes },
  };
}

function jobSeconds({ jobs }: BuildJson, platform: Platform): number {
  const seconds = jobs.find((job) => job.platform === platform)?.attempts.at(-1)?.seconds;
  if (seconds == null) throw new Error(`the build has no ${platform} job that ended`);
  return seconds;
}

function say(bed: Bed, round: number, cold: readonly BuildJson[], warm: readonly BuildJson[]): void {
  for (const platform of platforms) {
    const [before, after] = [cold, warm].map((builds) => {
      const last = builds.at(-1);
      return last === undefined ? '?' : quantity(jobSeconds(last, platform), 'seconds');
    });
    bed.say(`${String(round)}. ${platform}: cold ${String(before)}, rebuild ${String(after)}`);
  }
}
