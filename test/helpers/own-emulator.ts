import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { awsEnvironment } from '../../lab/aws/identity.ts';
import { findPythonProgram } from '../../lab/aws/python-programs.ts';
import { labHome, labPaths } from '../../lab/home.ts';
import { freePort } from './free-port.ts';
import { pollUntil } from './poll-until.ts';

/** An AWS emulator (moto) for one test alone, which may therefore break it. */
export interface OwnEmulator {
  readonly endpoint: string;
  /** The environment that points programs to it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** On a free port of loopback. @throws without an emulator on the machine: the lab has one (npm run lab:up -- --aws) */
export async function startOwnEmulator(region: string): Promise<OwnEmulator> {
  const command = findPythonProgram('moto_server', { paths: labPaths(labHome()) });
  if (command === undefined) throw new Error('there is no moto_server on this machine: npm run lab:up -- --aws');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(command, ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  const gone = new AbortController();
  server.once('exit', () => gone.abort());
  // Reported to the caller that waits for its answer.
  server.once('error', () => gone.abort());
  const stop = async (): Promise<void> => {
    if (gone.signal.aborted) return;
    server.kill();
    await once(gone.signal, 'abort');
  };
  try {
    await pollUntil('the emulator', async () => gone.signal.aborted || (await answers(endpoint)));
    if (gone.signal.aborted) throw new Error(`${command} ended before it answered at ${endpoint}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    environment: { ...awsEnvironment(endpoint), AWS_REGION: region, AWS_DEFAULT_REGION: region },
    stop,
  };
}

async function answers(endpoint: string): Promise<boolean> {
  const response = await fetch(`${endpoint}/moto-api/`, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status === 200;
}
