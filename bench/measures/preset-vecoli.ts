import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileContent } from '../../lab/lab.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { startRegistry } from '../../test/helpers/registry-server.ts';
import type { Bed } from '../bed.ts';
import { BenchEngine } from '../engine.ts';
import type { Measure } from '../measure.ts';
import { quantity } from '../quantities.ts';
import type { Comparison, Unit } from '../results.ts';
import { Twinhull } from '../twinhull.ts';
import { countUploads } from '../upload-counter.ts';

const rounds = 2;
const targets = { 'linux/amd64': 0.35, 'linux/arm64': 0.2 } as const;
type Platform = keyof typeof targets;
const platforms = Object.keys(targets) as Platform[];
const example = fileURLToPath(new URL('../../examples/vecoli-mini', import.meta.url));

/** What one commit took. */
interface Taken {
  readonly build: BuildJson;
  readonly uploaded: number;
  readonly stored: number;
}

export const presetVecoli: Measure = {
  name: 'preset-vecoli',
  title: 'The preset vecoli: the second commit, on an emptied engine',
  method:
    'The example repository vecoli-mini by its own script for both platforms (packages of Debian, a C program), one emulated, and for amd64 the ' +
    'submit image with Java and a stand-in for the Nextflow launcher, on the newest engine with the containerd image store: first into an empty ' +
    'path of the registry, which has the layers of the base; then, on the emptied engine, from a commit that changed one source file. Seconds of ' +
    'each job, from its container’s start to its end; bytes that clients sent to the registry; growth of its storage.',

  async run(bed) {
    const engine = await BenchEngine.start(bed, 'newest');
    const registry = await startRegistry();
    bed.defer(() => registry.stop());
    const uploads = await countUploads(bed, registry.port);
    const { repository, url } = await bed.repository(exampleFiles(bed));
    const mainSource = readFileSync(join(example, 'src/main.c'), 'utf8');
    const recipe = recipeOf(bed);
    const cold: Taken[] = [];
    const warm: Taken[] = [];
    // The first round is not counted: it puts the base's layers into the registry.
    for (let round = 0; round <= rounds; round += 1) {
      const twinhull = new Twinhull(bed, { engine, destination: `${uploads.host}/bench/vecoli${String(round)}` });
      const take = async (version: number): Promise<Taken> => {
        const source = `${mainSource}\n/* ${String(version)} */\n`;
        const commit = await repository.commit({ 'src/main.c': source });
        await engine.empty();
        uploads.take();
        const before = sizeOf(registry.storage);
        const build = await twinhull.build({ repository: url, commit, recipe: round === 0 ? primer(bed) : recipe });
        return { build, uploaded: uploads.take(), stored: sizeOf(registry.storage) - before };
      };
      const first = await take(2 * round);
      if (round === 0) continue;
      cold.push(first);
      warm.push(await take(2 * round + 1));
      say(bed, cold, warm);
    }
    const compare = comparisonOf(cold, warm);
    return {
      comparisons: [
        ...platforms.map((platform) => compare(platform, 'seconds', secondsOf(platform), targets[platform])),
        compare('uploaded', 'bytes', ({ uploaded }) => uploaded, 0.1),
        compare('stored', 'bytes', ({ stored }) => stored, 0.1),
      ],
    };
  },
};

function comparisonOf(cold: readonly Taken[], warm: readonly Taken[]) {
  return (what: string, unit: Unit, value: (taken: Taken) => number, atMostTimes: number): Comparison => ({
    what,
    unit,
    ours: { label: 'second commit', samples: warm.map(value) },
    baseline: { label: 'first commit', samples: cold.map(value) },
    target: { atMostTimes },
  });
}

function secondsOf(platform: Platform): (taken: Taken) => number {
  return ({ build }) => {
    const seconds = build.jobs.find((job) => job.platform === platform)?.attempts.at(-1)?.seconds;
    if (seconds == null) throw new Error(`the build has no ${platform} job that ended`);
    return seconds;
  };
}

function exampleFiles(bed: Bed): Readonly<Record<string, FileContent>> {
  const paths = readdirSync(example, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    paths.map((path) => {
      const content = readFileSync(path, 'utf8').replaceAll(
        '127.0.0.1:5000/lab/debian:bookworm',
        bed.lab.images.debian,
      );
      const isExecutable = (statSync(path).mode & 0o111) !== 0;
      return [relative(example, path), isExecutable ? { mode: '100755' as const, content } : content];
    }),
  );
}

function recipeOf(bed: Bed): string {
  const { images, nextflow } = bed.lab;
  return written(bed, { version: 1, preset: 'vecoli', with: { javaImage: images.debian, nextflow } });
}

function primer(bed: Bed): string {
  const dockerfile = { inline: `FROM ${bed.lab.images.debian}\nCOPY README.md /\n`, cache: false };
  return written(bed, { version: 1, name: 'bench', images: { app: { dockerfile } } });
}

/** JSON is YAML. */
function written(bed: Bed, recipe: object): string {
  const file = join(bed.newFolder(), 'twinhull.yaml');
  writeFileSync(file, JSON.stringify(recipe));
  return file;
}

/** Bytes of the files in a folder, which the registry creates at the first push. */
function sizeOf(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function say(bed: Bed, cold: readonly Taken[], warm: readonly Taken[]): void {
  for (const [label, taken] of [
    ['first', cold.at(-1)],
    ['second', warm.at(-1)],
  ] as const) {
    if (taken === undefined) continue;
    const seconds = platforms.map((platform) => quantity(secondsOf(platform)(taken), 'seconds'));
    const bytes = [taken.uploaded, taken.stored].map((count) => quantity(count, 'bytes'));
    bed.say(
      `${String(cold.length)}. ${label} commit: amd64 and arm64 ${seconds.join(', ')}; bytes ${bytes.join(', ')}`,
    );
  }
}
