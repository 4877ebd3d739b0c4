import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEcrCertificate } from '../aws/ecr-certificate.ts';
import { chooseEngine } from '../engine-choice.ts';
import { docker, engineAnswers, engineHost } from '../engine-client.ts';
import { engineNetworkNow } from '../engine-network.ts';
import { LabError } from '../lab-error.ts';
import { newestHost, newestPid, startNewestEngine } from '../newest/start.ts';
import type { LabContext, Part } from '../part.ts';
import { awaitReady, type DaemonOptions, isRunning, startDaemon } from '../processes.ts';
import { findCommand, tryRun } from '../run.ts';
import { removeStalePidFiles } from '../stale-pid-files.ts';

const defaultHost = 'unix:///var/run/docker.sock';
const pidFiles = { '/var/run/docker.pid': 'dockerd', '/var/run/docker/containerd/containerd.pid': 'containerd' };
const runtimePaths = ['/var/run/docker', '/var/run/docker.pid', '/var/run/docker.sock'];

/** A Docker Engine: the one that is running, otherwise one of the lab with its own storage, of the wanted kind. */
export const enginePart: Part = {
  name: 'engine',
  needs: ['packages'],

  async check(context) {
    const { facts, paths } = context;
    const host = await findEngine(context);
    if (host === undefined) return `no Docker Engine responds at ${engineHost()}`;
    const pidFile = host === newestHost(paths) ? newestPid(paths) : enginePid(paths.processFolder);
    facts.set('engineHost', host);
    facts.set('engineStartedByLab', isRunning(pidFile));
    facts.set('bridgeAddress', await findBridgeAddress(host));
    return undefined;
  },

  async start(context) {
    if (engineHost() !== defaultHost) {
      throw new LabError(`DOCKER_HOST is ${engineHost()}, and no engine responds there`, {
        hint: 'start that engine, or unset DOCKER_HOST to let the lab start one here',
      });
    }
    if (process.getuid?.() !== 0) {
      throw new LabError('only root can start a Docker Engine', { hint: 'start one: sudo systemctl start docker' });
    }
    await (context.wantedEngine === 'newest' ? startNewestEngine(context) : startEngine(context));
  },
};

async function findEngine({ paths, wantedEngine: wanted }: LabContext): Promise<string | undefined> {
  const [host, newest] = [engineHost(), newestHost(paths)];
  const [answers, newestAnswers] = await Promise.all([engineAnswers(host), engineAnswers(newest)]);
  return chooseEngine({ host, answers, newestHost: newest, newestAnswers, wanted });
}

export async function startEngine(context: LabContext): Promise<void> {
  const { paths, journal } = context;
  removeStalePidFiles(pidFiles);
  // BuildKit reads the trusted certificates only at start.
  await ensureEcrCertificate(context);
  const options: DaemonOptions = {
    command: findCommand('dockerd') ?? 'dockerd',
    args: ['--host', defaultHost, '--data-root', paths.engineFolder, '--shutdown-timeout', '5'],
    pidFile: enginePid(paths.processFolder),
    logFile: join(paths.logFolder, 'engine.log'),
  };
  for (const path of runtimePaths) if (!existsSync(path)) journal.record({ kind: 'file', path });
  if (!journal.has('engine-network')) journal.record({ kind: 'engine-network', before: await engineNetworkNow() });
  journal.record({ kind: 'process', name: 'engine', pidFile: options.pidFile });
  startDaemon(options);
  await awaitReady('dockerd', options, () => engineAnswers(defaultHost));
}

export function enginePid(processFolder: string): string {
  return join(processFolder, 'engine.pid');
}

async function findBridgeAddress(host: string): Promise<string> {
  const gateway = await docker(host, [
    'network',
    'inspect',
    'bridge',
    '--format',
    '{{(index .IPAM.Config 0).Gateway}}',
  ]);
  if (gateway.trim() !== '') return gateway.trim();
  // An engine that has just created the bridge does not report its address yet.
  const addresses = (await tryRun('ip', ['-4', '-oneline', 'address', 'show', 'docker0'])) ?? '';
  const address = / inet ([\d.]+)\//.exec(addresses)?.[1];
  if (address !== undefined) return address;
  throw new LabError('the default bridge network of the Docker Engine has no gateway address', {
    hint: 'the git server of the lab is reached at that address from containers: enable the default bridge (daemon.json)',
  });
}
