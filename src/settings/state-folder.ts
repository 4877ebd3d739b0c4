import { homedir } from 'node:os';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of the build store: available even when other settings are invalid. */
export function stateFolder(environment: Environment): string {
  const named = environment['TWINHULL_STATE_DIR'];
  return path.resolve(named || path.join(xdgFolder(environment, 'XDG_STATE_HOME', '.local/state'), 'twinhull'));
}

/** A folder of the XDG base directory specification (https://specifications.freedesktop.org/basedir-spec/). */
export function xdgFolder(environment: Environment, name: string, fallback: string): string {
  return environment[name] || path.join(homedir(), fallback);
}
