import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa, type Options } from 'execa';
import { LabError } from './lab-error.ts';

/** System tools are in the sbin folders, which an ordinary user's PATH may lack. */
export const toolPath = [
  process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
].join(delimiter);

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly timeoutMilliseconds?: number;
}

/** Runs a command to its end and returns its standard output; throws with its last lines when it fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await execa(command, args, { ...execaOptions(options), all: true });
  if (!result.failed) return String(result.stdout);
  const output = lastLines(String(result.all ?? ''), 12);
  const why = result.timedOut ? 'took too long' : (result.originalMessage ?? `exit code ${result.exitCode}`);
  throw new LabError(`${command} ${args.join(' ')} failed (${why})${output ? `:\n${output}` : ''}`, { cause: result });
}

/** Whether a command succeeds. */
export async function succeeds(command: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  return (await tryRun(command, args, options)) !== undefined;
}

/** The standard output of a command, or undefined when it failed or does not exist. */
export async function tryRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string | undefined> {
  const result = await execa(command, args, execaOptions(options));
  return result.failed ? undefined : String(result.stdout);
}

export function findCommand(name: string): string | undefined {
  return toolPath
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function execaOptions(options: RunOptions): Options & { reject: false } {
  return {
    reject: false,
    env: { PATH: toolPath, LC_ALL: 'C.UTF-8', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.timeoutMilliseconds === undefined ? {} : { timeout: options.timeoutMilliseconds }),
  };
}
