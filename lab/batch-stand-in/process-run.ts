import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { StartRun } from './run.ts';

/**
 * A run that is a real process, in a process group of its own: `sh -c SCRIPT`, with the job's environment. Its output goes
 * to the log line by line, as the awslogs driver does it.
 */
export function processRun(script: (environment: Readonly<Record<string, string>>) => string): StartRun {
  return ({ environment, jobId, attempt, log }) => {
    const child = spawn('sh', ['-c', script(environment)], {
      env: {
        PATH: process.env['PATH'] ?? '',
        ...environment,
        AWS_BATCH_JOB_ID: jobId,
        AWS_BATCH_JOB_ATTEMPT: String(attempt),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const drained = [child.stdout, child.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
          // CloudWatch takes no empty message.
          lines.on('line', (line) => (line === '' ? undefined : log(line)));
          lines.on('close', resolve);
        }),
    );
    const exited = new Promise<number>((resolve) => {
      child.on('error', () => resolve(127));
      child.on('exit', (code, name) => resolve(code ?? 128 + (name === null ? 0 : constants.signals[name])));
    });
    return {
      ended: Promise.all([exited, ...drained]).then(([exitCode]) => ({ exitCode })),
      signal(name) {
        const { pid } = child;
        if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
        // Docker's TERM goes to the first process alone, its KILL ends the whole container.
        if (name === 'TERM') child.kill('SIGTERM');
        else process.kill(-pid, 'SIGKILL');
      },
    };
  };
}
