import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { StartRun } from './run.ts';

/**
 * A run as a real process in its own process group: `sh -c SCRIPT`, with the job's environment. Its output is logged
 * line by line, as by the awslogs driver.
 */
export function processRun(script: (environment: Readonly<Record<string, string>>) => string): StartRun {
  return (context) => {
    const { environment, jobId, attempt } = context;
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
          // CloudWatch rejects empty messages.
          lines.on('line', (line) => (line === '' ? undefined : context.log(line)));
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
        // Docker sends SIGTERM to the first process only, while SIGKILL ends the whole container.
        if (name === 'TERM') child.kill('SIGTERM');
        else process.kill(-pid, 'SIGKILL');
      },
    };
  };
}
