import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from './lab-error.ts';
import { poll } from './poll.ts';
import { lastLines, toolPath } from './run.ts';

/** Identifies a process by its id and, because ids are reused, its start time in ticks since boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly pidFile: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

// The process records its own identity before it becomes the daemon, so no daemon ever runs unrecorded.
const recordThenBecome = 'printf "%s %s\\n" $$ "$(cut -d" " -f22 /proc/$$/stat)" >"$0" && exec "$@"';

/** Starts a process in its own session that outlives us; its output is appended to `logFile`. */
export function startDaemon(options: DaemonOptions): void {
  mkdirSync(dirname(options.pidFile), { recursive: true });
  mkdirSync(dirname(options.logFile), { recursive: true });
  rmSync(options.pidFile, { force: true });
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', recordThenBecome, options.pidFile, options.command, ...options.args], {
    cwd: '/',
    detached: true,
    env: { PATH: toolPath, HOME: process.env['HOME'] ?? '/', ...proxySettings(), ...options.env },
    stdio: ['ignore', log, log],
  });
  child.on('error', () => undefined);
  child.unref();
  closeSync(log);
}

/** More than any daemon needs to start on a busy machine, in milliseconds. */
const startDeadline = 300_000;

/** Waits until a new daemon is ready; throws with the end of its log when it exits or is late. */
export async function awaitReady(
  name: string,
  options: DaemonOptions,
  isReady: () => Promise<boolean>,
  timeoutMilliseconds = startDeadline,
): Promise<void> {
  await poll(() => readText(options.pidFile) !== '', timeoutMilliseconds);
  await poll(async () => !isRunning(options.pidFile) || (await isReady()), timeoutMilliseconds);
  if (isRunning(options.pidFile) && (await isReady())) return;
  const state = isRunning(options.pidFile) ? `did not answer within ${timeoutMilliseconds / 1000} s` : 'ended at once';
  throw new LabError(`${name} ${state}; the end of its log:\n${endOfLog(options.logFile)}`, {
    hint: `see ${options.logFile}`,
  });
}

export function isRunning(pidFile: string): boolean {
  return runningProcess(pidFile) !== undefined;
}

export function runningProcess(pidFile: string): ProcessIdentity | undefined {
  const [pid, startTime] = readText(pidFile).trim().split(' ');
  if (!pid || !startTime || startTimeOf(Number(pid)) !== startTime) return undefined;
  return { pid: Number(pid), startTime };
}

/** Ends the process of `pidFile`, if it is still the same one: SIGTERM, then SIGKILL after the grace period. */
export async function stopDaemon(pidFile: string, graceMilliseconds: number): Promise<void> {
  const found = runningProcess(pidFile);
  if (found !== undefined) {
    signal(found.pid, 'SIGTERM');
    const ended = await poll(() => !isRunning(pidFile), graceMilliseconds);
    if (!ended) signal(found.pid, 'SIGKILL');
    await poll(() => !isRunning(pidFile), 5_000);
  }
  rmSync(pidFile, { force: true });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended in between.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Undefined when no such process is alive; a zombie is not. */
export function startTimeOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The second field, the name in parentheses, may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

export function endOfLog(file: string): string {
  return lastLines(readText(file), 8) || '(empty)';
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function proxySettings(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) => /^(https?|no)_proxy$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}
