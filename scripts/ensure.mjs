// Runs a tool of this project, installing the dependencies first where they are missing or out of date.
// Needs nothing but Node: it is what every npm script of a fresh clone goes through.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const binaries = join(root, 'node_modules', '.bin');

installDependencies();
runTool(process.argv.slice(2));

function installDependencies() {
  if (!isOutOfDate()) return;
  process.stderr.write('twinhull: installing dependencies (npm ci)\n');
  const started = Date.now();
  // npm's own output goes to stderr: stdout belongs to the tool.
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.stderr.write(
      `twinhull: npm ci failed${error ? `: ${error.message}` : ''}; fix the error above, then try again\n`,
    );
    process.exit(1);
  }
  process.stderr.write(`twinhull: dependencies installed in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

function isOutOfDate() {
  // npm writes this file last, so an install that was interrupted counts as missing.
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return true;
  if (statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return false;
  // A checkout or rebase can rewrite the file without a change to any package.
  if (!hasAllPackages()) return true;
  utimesSync(installed, new Date(), new Date());
  return false;
}

/** Whether every package of package-lock.json is installed in its version, except those for other platforms. */
function hasAllPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(([folder, { version, optional }]) => {
    if (folder === '' || version === undefined) return true;
    const description = join(root, folder, 'package.json');
    if (!existsSync(description)) return optional === true;
    return JSON.parse(readFileSync(description, 'utf8')).version === version;
  });
}

function runTool([tool, ...args]) {
  if (tool === undefined) {
    process.stderr.write('usage: node scripts/ensure.mjs TOOL [ARGUMENT...]\n');
    process.exit(2);
  }
  const local = join(binaries, tool);
  const command = tool === 'node' ? process.execPath : existsSync(local) ? local : tool;
  const env = { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` };
  const child = spawn(command, args, { stdio: 'inherit', env });

  // A terminal sends its signals to the whole group; one sent to us alone must reach the tool too.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals)
    process.on(signal, () => (process.stdin.isTTY && signal === 'SIGINT' ? undefined : child.kill(signal)));
  child.on('error', (error) => {
    process.stderr.write(`twinhull: cannot run ${tool}: ${error.message}\n`);
    process.exit(error.code === 'ENOENT' ? 127 : 126);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const handled of signals) process.removeAllListeners(handled);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 200);
  });
}
