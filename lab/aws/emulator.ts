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
 * AWS as emulated by moto: Batch, which runs jobs as containers on the machine's engine, and CloudFormation, ECR,
 * Secrets Manager, CloudWatch Logs. It listens where containers reach it and outside networks do not.
 */
export const emulatorPart: Part = {
  name: 'AWS emulator',
  needs: ['packages', 'engine'],

  async check(context) {
    if (!isRunning(pidFile(context))) return 'not running';
    return (await answers(context)) ? undefined : `nothing responds at ${emulatorUrl(context)}`;
  },

  async start(context) {
    const { facts, journal } = context;
    await stopDaemon(pidFile(context), 10_000);
    const command = findPythonProgram('moto_server', context) ?? (await installPythonProgram('moto_server', context));
    facts.set('emulatorPort', await choosePort(facts.find('emulatorPort') ?? 5055, [facts.get('bridgeAddress')]));
    const options = daemonOptions(command, context);
    journal.record({ kind: 'process', name: 'AWS emulator', pidFile: options.pidFile });
    startDaemon(options);
    await awaitReady('moto_server', options, () => answers(context));
  },
};

/** The value of AWS_ENDPOINT_URL, on the machine and in containers. */
export function emulatorUrl({ facts }: LabContext): string {
  return `http://${facts.get('bridgeAddress')}:${String(facts.get('emulatorPort'))}`;
}

/** Resets all of its state, after running jobs have ended, because other users may have submitted them. */
export async function forgetEverything(context: LabContext): Promise<void> {
  const host = context.facts.get('engineHost');
  const running = async (): Promise<string> =>
    (await tryDocker(host, ['ps', '--quiet', '--filter', `ancestor=${awsBuilderReference}`]))?.trim() ?? '';
  if (!(await poll(async () => (await running()) === '', 300_000))) {
    throw new LabError(
      'jobs of the AWS emulator have been running for more than five minutes; a restart would lose them',
      {
        hint: `wait for them, or stop them: docker ps --filter ancestor=${awsBuilderReference}`,
      },
    );
  }
  await fetch(`${emulatorUrl(context)}/moto-api/reset`, { method: 'POST', signal: AbortSignal.timeout(120_000) });
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
    // Its engine client reads DOCKER_HOST; it passes the port on to its jobs.
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
