import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { stringify } from 'yaml';
import { explain } from './explain.ts';
import { ensureLab, type Lab } from './lab.ts';
import { LabError } from './lab-error.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'dist/cli/main.js');

/** From nothing to published images: the lab, the program, then the main job by the ordinary command line. */
async function quickstart(): Promise<number> {
  const clock = stopwatch();
  const lab = await ensureLab();
  clock.lap('lab');
  await compileIfStale();
  clock.lap('compiling');

  const folder = join(lab.home, 'quickstart');
  const recipe = writeRecipe(lab, folder);
  const env = settings(lab, folder);
  const { url, branch } = lab.examples.vecoliMini;
  const words = ['build', '--repository', url, '--ref', branch, '--recipe', recipe];
  print(`\n${shown(env)}\n${pc.bold(`$ twinhull ${words.join(' ')}`)}`);
  const exitCode = await run(process.execPath, [program, ...words], { ...process.env, ...env });
  clock.lap('main job');

  print(`\n${clock.summary()}`);
  if (exitCode === 0) print(whatNext(lab, env, words));
  return exitCode;
}

/** The preset for the first user, with the launcher that this machine can reach. */
function writeRecipe(lab: Lab, folder: string): string {
  const recipe = { version: 1, preset: 'vecoli', with: { nextflow: lab.nextflow } };
  const file = join(folder, 'twinhull.yaml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, stringify(recipe));
  return file;
}

function settings(lab: Lab, folder: string): Record<string, string> {
  return {
    TWINHULL_STATE_DIR: join(folder, 'state'),
    TWINHULL_DESTINATION: destination(lab),
    TWINHULL_BUILDER_IMAGE: lab.images.builder,
    TWINHULL_GIT_TOKEN_FILE: lab.git.tokenFile,
    TWINHULL_GIT_CA_FILE: lab.git.caFile,
    DOCKER_HOST: lab.engine.host,
  };
}

function destination(lab: Lab): string {
  return `${lab.registry.host}/vecoli`;
}

async function compileIfStale(): Promise<void> {
  const newest = Math.max(...filesBelow(join(root, 'src')).map((file) => statSync(file).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) return;
  const exitCode = await run(process.execPath, [join(root, 'scripts/build.mjs')], process.env);
  if (exitCode !== 0) throw new LabError('the program does not compile: see above');
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env });
    // Ctrl-C reaches the child by the terminal; it decides what to do, and we wait for it.
    const ignore = (): void => undefined;
    process.on('SIGINT', ignore);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGINT', ignore);
      resolve(code ?? 1);
    });
  });
}

function stopwatch(): { lap(name: string): void; summary(): string } {
  const laps: string[] = [];
  const begun = Date.now();
  let last = begun;
  return {
    lap(name) {
      laps.push(`${name} ${seconds(Date.now() - last)}`);
      last = Date.now();
    },
    summary: () => `time: ${laps.join(', ')}; together ${seconds(Date.now() - begun)}`,
  };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function shown(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => pc.dim(`export ${name}=${value}`))
    .join('\n');
}

function whatNext(lab: Lab, env: Readonly<Record<string, string>>, words: readonly string[]): string {
  const { commit } = lab.examples.vecoliMini;
  const image = `${destination(lab)}:${commit}`;
  const file = join(lab.home, 'quickstart/settings.env');
  writeFileSync(
    file,
    `${Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')}\n`,
  );
  const twinhull = `node ${program}`;
  return [
    pc.bold('\nwhat to try next'),
    `  export TWINHULL_SETTINGS_FILE=${file}`,
    `  ${twinhull} list`,
    `  ${twinhull} images`,
    `  ${twinhull} logs --platform linux/arm64`,
    `  ${twinhull} ${['plan', ...words.slice(1)].join(' ')}`,
    `  ${twinhull} promote ${commit.slice(0, 7)} --tag stable`,
    `  docker run --rm --platform linux/arm64 ${image} --seed 7`,
    `  skopeo inspect --raw --tls-verify=false docker://${image}`,
    `  npm run lab:down`,
  ].join('\n');
}

function print(text: string): void {
  process.stderr.write(`${text}\n`);
}

try {
  process.exitCode = await quickstart();
} catch (error) {
  print(`quickstart: ${explain(error)}`);
  process.exitCode = 1;
}
