import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { docker, engineAnswers, engineHost } from '../engine-client.ts';
import { engineNetworkNow } from '../engine-network.ts';
import { LabError } from '../lab-error.ts';
import type { LabContext, Part } from '../part.ts';
import { type DaemonOptions, awaitReady, isRunning, startDaemon } from '../processes.ts';
import { findCommand, tryRun } from '../run.ts';

const defaultHost = 'unix:///var/run/docker.sock';
const enginePidFile = '/var/run/docker.pid';

/** A Docker Engine: the one that answers, else one of our own with its own storage. */
export const enginePart: Part = {
  name: 'engine',
  needs: ['packages'],

  async check({ facts, paths }) {
    const host = engineHost();
    if (!(await engineAnswers(host))) return `no Docker Engine answers at ${host}`;
    facts.set('engineHost', host);
    facts.set('engineStartedByLab', isRunning(enginePid(paths.processFolder)));
    facts.set('bridgeAddress', await findBridgeAddress(host));
    return undefined;
  },

  async start(context) {
    if (engineHost() !== defaultHost) {
      throw new LabError(`DOCKER_HOST is ${engineHost()}, and nothing answers there`, {
        hint: 'start that engine, or unset DOCKER_HOST to let the lab start one here',
      });
    }
    if (process.getuid?.() !== 0) {
      throw new LabError('only root can start a Docker Engine', { hint: 'start one: sudo systemctl start docker' });
    }
    await startEngine(context);
  },
};

export async function startEngine({ paths, journal }: LabContext): Promise<void> {
  removeStalePidFile();
  const options: DaemonOptions = {
    command: findCommand('dockerd') ?? 'dockerd',
    args: ['--host', defaultHost, '--data-root', paths.engineFolder, '--shutdown-timeout', '5'],
    pidFile: enginePid(paths.processFolder),
    logFile: join(paths.logFolder, 'engine.log'),
  };
  if (!journal.has('engine-network')) journal.record({ kind: 'engine-network', before: await engineNetworkNow() });
  journal.record({ kind: 'process', name: 'engine', pidFile: options.pidFile });
  startDaemon(options);
  await awaitReady('dockerd', options, () => engineAnswers(defaultHost), 60_000);
}

export function enginePid(processFolder: string): string {
  return join(processFolder, 'engine.pid');
}

/** A killed engine leaves its pid file; the next one refuses to start when that id meanwhile names some other process. */
function removeStalePidFile(): void {
  if (!existsSync(enginePidFile)) return;
  const pid = readFileSync(enginePidFile, 'utf8').trim();
  const name = existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, 'utf8').trim() : '';
  if (name !== 'dockerd') rmSync(enginePidFile, { force: true });
}

async function findBridgeAddress(host: string): Promise<string> {
  const gateway = await docker(host, ['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}']);
  if (gateway.trim() !== '') return gateway.trim();
  // An engine that has only just made the bridge does not know the address that it gave it.
  const addresses = (await tryRun('ip', ['-4', '-oneline', 'address', 'show', 'docker0'])) ?? '';
  const address = / inet ([\d.]+)\//.exec(addresses)?.[1];
  if (address !== undefined) return address;
  throw new LabError('the default bridge network of the Docker Engine has no gateway address', {
    hint: 'the git server of the lab is reached at that address from containers: enable the default bridge (daemon.json)',
  });
}
