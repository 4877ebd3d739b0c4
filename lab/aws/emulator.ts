import { join } from 'node:path';
import { tryDocker } from '../engine-client.ts';
import { LabError } from '../lab-error.ts';
import type { LabContext, Part } from '../part.ts';
import { poll } from '../poll.ts';
import { choosePort } from '../ports.ts';
import { awaitReady, type DaemonOptions, isRunning, startDaemon, stopDaemon } from '../processes.ts';
import { awsBuilderReference } from './builder-image.ts';
import { findPythonProgram, installPythonProgram } from './python-programs.ts';

/**
 * AWS as far as moto goes: Batch, whose jobs it runs as containers of the machine's engine, and CloudFormation, ECR,
 * Secrets Manager, CloudWatch Logs. It listens where containers reach it and the network outside does not.
 */
export const emulatorPart: Part = {
  name: 'AWS emulator',
  needs: ['packages', 'engine'],

  async check(context) {
    if (!isRunning(pidFile(context))) return 'not running';
    return (await answers(context)) ? undefined : `nothing answers at ${emulatorUrl(context)}`;
  },

  async start(context) {
    const { facts, journal } = context;
    await stopDaemon(pidFile(context), 10_000);
    const command = findPythonProgram('moto_server', context) ?? (await installPythonProgram('moto_server', context));
    facts.set('emulatorPort', await choosePort(facts.find('emulatorPort') ?? 5055, [facts.get('bridgeAddress')]));
    const options = daemonOptions(command, context);
    journal.record({ kind: 'process', name: 'AWS emulator', pidFile: options.pidFile });
    startDaemon(options);
    await awaitReady('moto_server', options, () => answers(context), 60_000);
  },
};

/** What AWS_ENDPOINT_URL is set to, on the machine and in containers. */
export function emulatorUrl({ facts }: LabContext): string {
  return `http://${facts.get('bridgeAddress')}:${String(facts.get('emulatorPort'))}`;
}

/** All that it holds, jobs that run included. Waits for those first: somebody else may have sent them. */
export async function forgetEverything(context: LabContext): Promise<void> {
  const host = context.facts.get('engineHost');
  const running = async (): Promise<string> =>
    (await tryDocker(host, ['ps', '--quiet', '--filter', `ancestor=${awsBuilderReference}`]))?.trim() ?? '';
  if (!(await poll(async () => (await running()) === '', 300_000))) {
    throw new LabError('jobs of the AWS emulator have run for five minutes and more; it would forget them', {
      hint: `wait for them, or stop them: docker ps --filter ancestor=${awsBuilderReference}`,
    });
  }
  await fetch(`${emulatorUrl(context)}/moto-api/reset`, { method: 'POST', signal: AbortSignal.timeout(10_000) });
}

function pidFile({ paths }: LabContext): string {
  return join(paths.processFolder, 'emulator.pid');
}

function daemonOptions(command: string, context: LabContext): DaemonOptions {
  const { facts, paths } = context;
  const port = String(facts.get('emulatorPort'));
  return {
    command,
    args: ['--host', facts.get('bridgeAddress'), '--port', port],
    pidFile: pidFile(context),
    logFile: join(paths.logFolder, 'emulator.log'),
    // Its client of the engine reads DOCKER_HOST; the port is what it tells its jobs.
    env: { DOCKER_HOST: facts.get('engineHost'), MOTO_PORT: port },
  };
}

async function answers(context: LabContext): Promise<boolean> {
  if (context.facts.find('emulatorPort') === undefined) return false;
  const signal = AbortSignal.timeout(3_000);
  const response = await fetch(`${emulatorUrl(context)}/moto-api/`, { signal }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status === 200;
}
