import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../settings/settings.ts';

/** Leaves a process running that drives all open builds, and outlives this process and its terminal. */
export function reconcileInBackground(settings: Settings): void {
  runInBackground(settings, ['reconcile', '--until-idle']);
}

/** Cancels a build, and sees to it that it ends, although this process cannot wait for either. */
export function cancelInBackground(settings: Settings, id: string): void {
  runInBackground(settings, ['cancel', id]);
}

/** What the process says goes to `reconcile.log` in the state folder. */
function runInBackground(settings: Settings, words: readonly string[]): void {
  const { stateFolder } = settings;
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const log = openSync(path.join(stateFolder, 'reconcile.log'), 'a', 0o600);
  const main = fileURLToPath(new URL(`./main${path.extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, main, ...words], {
    detached: true,
    stdio: ['ignore', log, log],
    // So that nobody's folder is in use for as long as it runs.
    cwd: '/',
    env: { ...process.env, ...absolutePaths(settings) },
  });
  child.unref();
}

/** What names files and folders: in another working folder a relative path would mean something else. */
function absolutePaths(settings: Settings): NodeJS.ProcessEnv {
  const inherited = ['TWINHULL_SETTINGS_FILE', 'XDG_CONFIG_HOME', 'DOCKER_CONFIG', 'DOCKER_CERT_PATH'];
  const resolved = inherited.flatMap((name) => (process.env[name] ? [[name, path.resolve(process.env[name])]] : []));
  return {
    ...(Object.fromEntries(resolved) as NodeJS.ProcessEnv),
    TWINHULL_STATE_DIR: settings.stateFolder,
    TWINHULL_GIT_TOKEN_FILE: settings.gitTokenFile,
    TWINHULL_GIT_CA_FILE: settings.gitCaFile,
    TWINHULL_REGISTRY_CA_FILE: settings.registryCaFile,
    TWINHULL_SECRETS_DIR: settings.secretsFolder,
    TWINHULL_GITHUB_APP_KEY_FILE: settings.github.app?.keyFile,
    TWINHULL_SERVER: settings.client.server,
    TWINHULL_TOKEN_FILE: settings.client.tokenFile,
    TWINHULL_SERVER_CA_FILE: settings.client.caFile,
  };
}
