import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { awaitReady, type DaemonOptions, isRunning, runningProcess, startDaemon, stopDaemon } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-processes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function daemon(name: string, script: string): DaemonOptions {
  return {
    command: 'sh',
    args: ['-c', script],
    pidFile: join(folder, `${name}.pid`),
    logFile: join(folder, `${name}.log`),
  };
}

const ready = async (): Promise<boolean> => true;

test('starts, is found by id and start time, logs, and stops', async () => {
  const options = daemon('good', 'echo hello; exec sleep 60');
  startDaemon(options);
  await awaitReady('good', options, async () => readFileSync(options.logFile, 'utf8') === 'hello\n');
  expect(isRunning(options.pidFile)).toBe(true);
  await stopDaemon(options.pidFile, 60_000);
  expect(isRunning(options.pidFile)).toBe(false);
});

test('one that does not heed TERM is killed', async () => {
  const options = daemon('deaf', 'trap "" TERM; echo deaf; while :; do sleep 1; done');
  startDaemon(options);
  await awaitReady('deaf', options, async () => readFileSync(options.logFile, 'utf8') === 'deaf\n');
  await stopDaemon(options.pidFile, 100);
  expect(isRunning(options.pidFile)).toBe(false);
});

test('one that ends at once fails with the end of its log', async () => {
  const options = daemon('bad', 'echo the port is taken; exit 1');
  startDaemon(options);
  await expect(awaitReady('bad', options, async () => false)).rejects.toThrow(/bad ended.*the port is taken/s);
});

test('a process that only has the id of the old one is left alone', async () => {
  const options = daemon('other', 'exec sleep 60');
  startDaemon(options);
  await awaitReady('other', options, ready);
  const pid = runningProcess(options.pidFile)?.pid;
  const stale = join(folder, 'stale.pid');
  writeFileSync(stale, `${pid} 1\n`);
  await stopDaemon(stale, 60_000);
  expect(isRunning(options.pidFile)).toBe(true);
  await stopDaemon(options.pidFile, 60_000);
});
