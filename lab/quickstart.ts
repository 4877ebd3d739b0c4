import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { stringify } from 'yaml';
import { explain } from './explain.ts';
import { ensureLab, type Lab } from './lab.ts';
import { compileIfStale, program } from './quickstart/compile.ts';
import { runAttached } from './quickstart/run-attached.ts';
import { stopwatch } from './quickstart/stopwatch.ts';
import { awsWorld, engineWorld, type World } from './quickstart/world.ts';

const usage = 'usage: npm run quickstart | npm run quickstart:aws\n';

/** From nothing to published images: the lab, the program, then the main job through the ordinary command line. */
async function quickstart(args: readonly string[]): Promise<number> {
  const aws = args[0] === '--aws';
  if (args.length > (aws ? 1 : 0)) {
    process.stderr.write(usage);
    return 2;
  }
  const clock = stopwatch();
  // Jobs of the AWS emulator run on Debian's engine.
  const lab = await ensureLab({ aws, engine: aws ? 'debian' : 'newest' });
  clock.lap('lab');
  await compileIfStale();
  clock.lap('compiling');

  const world = aws && lab.aws !== undefined ? awsWorld(lab, lab.aws) : engineWorld(lab);
  mkdirSync(world.folder, { recursive: true });
  const { url, branch } = lab.examples.vecoliMini;
  const words = ['build', '--repository', url, '--ref', branch, '--recipe', writeRecipe(lab, world)];
  const env = { ...world.environment, ...world.settings };
  print(`\n${exports(env).map(pc.dim).join('\n')}\n${pc.bold(`$ twinhull ${words.join(' ')}`)}`);
  const exitCode = await runAttached(process.execPath, [program, ...words], { ...process.env, ...env });
  clock.lap('main job');

  print(`\n${clock.summary()}`);
  if (exitCode === 0) print(whatNext(lab, world, words));
  return exitCode;
}

/** The preset for the first user, with a launcher that this machine can reach. */
function writeRecipe(lab: Lab, { folder }: World): string {
  const recipe = { version: 1, preset: 'vecoli', with: { javaImage: lab.images.debian, nextflow: lab.nextflow } };
  const file = join(folder, 'twinhull.yaml');
  writeFileSync(file, stringify(recipe));
  return file;
}

function whatNext(lab: Lab, world: World, words: readonly string[]): string {
  const { commit } = lab.examples.vecoliMini;
  const image = `${world.repository}:${commit}`;
  const twinhull = `node ${program}`;
  return [
    pc.bold('\nwhat to try next'),
    `  . ${writeEnvironment(world)}`,
    `  ${twinhull} list`,
    `  ${twinhull} images`,
    `  ${twinhull} logs --platform linux/arm64`,
    `  ${twinhull} ${['plan', ...words.slice(1)].join(' ')}`,
    `  ${twinhull} promote ${commit.slice(0, 7)} --tag ${world.movingTag}`,
    ...world.inspection(image).map((line) => `  ${line}`),
    `  npm run lab:down`,
  ].join('\n');
}

/** A file to source in a shell, so that the next command works on the same builds. */
function writeEnvironment({ folder, settings, environment }: World): string {
  const settingsFile = join(folder, 'settings.env');
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  writeFileSync(settingsFile, `${lines.join('\n')}\n`);
  const file = join(folder, 'environment.sh');
  writeFileSync(file, `${exports({ ...environment, TWINHULL_SETTINGS_FILE: settingsFile }).join('\n')}\n`);
  return file;
}

function exports(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${value}`);
}

function print(text: string): void {
  process.stderr.write(`${text}\n`);
}

try {
  process.exitCode = await quickstart(process.argv.slice(2));
} catch (error) {
  print(`quickstart: ${explain(error)}`);
  process.exitCode = 1;
}
