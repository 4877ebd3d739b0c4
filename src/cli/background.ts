import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeFolder, moduleExtension } from '../code-folder.ts';
import type { Settings } from '../settings/settings.ts';

/** Starts a process that drives all open builds and outlives this process and its terminal. */
export function reconcileInBackground(settings: Settings): void {
  runInBackground(settings, ['reconcile', '--until-idle']);
}

/** Cancels a build in a separate process, because this one cannot wait for the end. */
export function cancelInBackground(settings: Settings, id: string): void {
  runInBackground(settings, ['cancel', id]);
}

/** The process writes its output to `reconcile.log` in the state folder. */
function runInBackground(settings: Settings, words: readonly string[]): void {
  const { stateFolder } = settings;
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const log = openSync(path.join(stateFolder, 'reconcile.log'), 'a', 0o600);
  const main = fileURLToPath(new URL(`cli/main${moduleExtension}`, codeFolder));
  const child = spawn(process.execPath, [...process.execArgv, main, ...words], {
    detached: true,
    stdio: ['ignore', log, log],
    // So that no folder is in use while it runs.
    cwd: '/',
    env: { ...process.env, ...absolutePaths(settings) },
  });
  child.unref();
}

/** Makes paths absolute: in another working folder a relative path would mean something else. */
function absolutePaths(settings: Settings): NodeJS.ProcessEnv {
  const inherited = ['TWINHULL_SETTINGS_FILE', 'XDG_CONFIG_HOME', 'DOCKER_CONFIG', 'DOCKER_CERT_PATH'];
  const resolved = inherited.flatMap((name) => (process.env[name] ? [[name, path.resolve(process.env[name])]] : []));
  return {
    ...(Object.fromEntries(resolved) as NodeJS.ProcessEnv),
    TWINHULL_STATE_DIR: settings.stateFolder,
    TWINHULL_GIT_TOKEN_FILE: settings.git.tokenFile,
    TWINHULL_GIT_CREDENTIALS_FILE: settings.git.credentialsFile,
    TWINHULL_GIT_CA_FILE: settings.gitCaFile,
    TWINHULL_REGISTRY_CA_FILE: settings.registryCaFile,
    TWINHULL_SECRETS_DIR: settings.secretsFolder,
    TWINHULL_SECRET_RULES: settings.secretRulesFile,
    TWINHULL_GITHUB_APP_KEY_FILE: settings.github.app?.keyFile,
    TWINHULL_SERVER: settings.client.server,
    TWINHULL_TOKEN_FILE: settings.client.tokenFile,
    TWINHULL_SERVER_CA_FILE: settings.client.caFile,
  };
}
