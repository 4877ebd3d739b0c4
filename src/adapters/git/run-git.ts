import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** One run of the git program, without the user's configuration. */
export interface GitCall {
  readonly cwd?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  /** Text for git's standard input; none by default. */
  readonly input?: string | undefined;
  /** Inherited by git as descriptor 3. */
  readonly descriptor?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How git ended; `exitCode` is undefined after a signal. */
export interface GitResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The last `Retry-After` that the server sent. */
  readonly retryAfter?: string | undefined;
  /** `Content-Type` of the last response. */
  readonly contentType?: string | undefined;
}

/** A line that `GIT_TRACE_CURL` adds to the standard error. */
const traceLine = /^\d\d:\d\d:\d\d\.\d+ \S+:\d+ .*\n?/gm;
const contentTypeLine = /^\S+ \S+ +<= Recv header: content-type: *(.+?)\s*$/gim;
const retryAfterLine = /^\S+ \S+ +<= Recv header: retry-after: *(.+?)\s*$/gim;

/**
 * Runs git without a shell, in a process group of its own: a git that is stopped leaves its transport helpers behind,
 * and these may wait on the network for minutes.
 *
 * @throws GitMissing
 */
export async function runGit(args: readonly string[], call: GitCall): Promise<GitResult> {
  call.signal?.throwIfAborted();
  const child = spawn('git', args, {
    cwd: call.cwd,
    env: call.environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...(call.descriptor === undefined ? [] : [call.descriptor])],
  }) as ChildProcessWithoutNullStreams;
  const stop = (): void => killGroup(child.pid);
  const deadline = expire(call.timeoutMilliseconds, stop);
  call.signal?.addEventListener('abort', stop, { once: true });
  process.once('exit', stop);
  try {
    const [exitCode, stdout, stderr] = await Promise.all([
      ended(child),
      text(child.stdout),
      text(child.stderr),
      feed(child, call.input),
    ]);
    call.signal?.throwIfAborted();
    const retryAfter = [...stderr.matchAll(retryAfterLine)].at(-1)?.[1];
    const contentType = [...stderr.matchAll(contentTypeLine)].at(-1)?.[1];
    const words = stderr.replace(traceLine, '');
    return { exitCode, stdout, stderr: words, timedOut: deadline.passed(), retryAfter, contentType };
  } finally {
    deadline.clear();
    call.signal?.removeEventListener('abort', stop);
    process.removeListener('exit', stop);
  }
}

/** The exit code; undefined after a signal. */
function ended(child: ChildProcessWithoutNullStreams): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(cannotRun(error)));
    child.once('close', (exitCode) => resolve(exitCode ?? undefined));
  });
}

/** Git may exit without reading all of its input. */
async function feed(child: ChildProcessWithoutNullStreams, input = ''): Promise<void> {
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has already ended.
  }
}

function expire(milliseconds: number, onExpiry: () => void): { passed(): boolean; clear(): void } {
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    onExpiry();
  }, milliseconds);
  return { passed: () => passed, clear: () => clearTimeout(timer) };
}

function cannotRun(cause: unknown): TwinhullError {
  return new TwinhullError('GitMissing', `cannot run git: ${reasonOf(cause)}`, { cause });
}
