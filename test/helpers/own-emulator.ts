import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { findEmulator } from '../../lab/aws/emulator-program.ts';
import { awsEnvironment } from '../../lab/aws/identity.ts';
import { labHome, labPaths } from '../../lab/home.ts';
import { pollUntil } from './poll-until.ts';

/** An AWS emulator (moto) that one test has to itself, so that it may break what it likes. */
export interface OwnEmulator {
  readonly endpoint: string;
  /** What programs that call AWS find it by. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** On a free port of loopback. @throws when the machine has no emulator: the lab brings one (npm run lab:up -- --aws) */
export async function startOwnEmulator(region: string): Promise<OwnEmulator> {
  const command = findEmulator({ paths: labPaths(labHome()) });
  if (command === undefined) throw new Error('there is no moto_server on this machine: npm run lab:up -- --aws');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(command, ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  await pollUntil('the emulator', () => answers(endpoint), 60_000);
  return {
    endpoint,
    environment: { ...awsEnvironment(endpoint), AWS_REGION: region, AWS_DEFAULT_REGION: region },
    async stop() {
      if (server.exitCode !== null) return;
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function answers(endpoint: string): Promise<boolean> {
  const response = await fetch(`${endpoint}/moto-api/`, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status === 200;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port was found');
  return address.port;
}
