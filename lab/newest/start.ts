import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineAnswers } from '../engine-client.ts';
import { engineNetworkNow, forwardPackets } from '../engine-network.ts';
import type { LabPaths } from '../home.ts';
import type { LabContext } from '../part.ts';
import { awaitReady, type DaemonOptions, startDaemon } from '../processes.ts';
import { toolPath } from '../run.ts';
import { removeStalePidFiles } from '../stale-pid-files.ts';
import { makeBridge, newestBridge } from './bridge.ts';
import { unpackPackages } from './unpack.ts';

const suite = 'forky';
const packages = ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose', 'containerd'];

/** With its own storage, socket and bridge: it may run beside another engine, or alone. */
export async function startNewestEngine({ paths, journal }: LabContext): Promise<void> {
  const { newestFolder: folder } = paths;
  const { daemon, env } = newestPrograms(paths);
  if (!existsSync(daemon)) await unpackPackages(suite, packages, toolsFolder(paths));
  const own = { pid: join(folder, 'dockerd.pid'), exec: join(folder, 'exec') };
  removeStalePidFiles({ [own.pid]: 'dockerd', [join(own.exec, 'containerd/containerd.pid')]: 'containerd' });
  if (!journal.has('engine-network')) journal.record({ kind: 'engine-network', before: await engineNetworkNow() });
  journal.record({ kind: 'newest-bridge' });
  await makeBridge();
  forwardPackets();
  const options: DaemonOptions = {
    command: daemon,
    args: [
      ...['--config-file', writeEngineSettings(folder), '--host', newestHost(paths), '--pidfile', own.pid],
      ...['--data-root', join(folder, 'data'), '--exec-root', own.exec],
      ...['--bridge', newestBridge, '--fixed-cidr', '192.168.214.0/26'],
      ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
      ...['--shutdown-timeout', '5'],
    ],
    env,
    pidFile: newestPid(paths),
    logFile: join(paths.logFolder, 'newest-engine.log'),
  };
  journal.record({ kind: 'process', name: 'newest engine', pidFile: options.pidFile });
  startDaemon(options);
  await awaitReady('dockerd', options, () => engineAnswers(newestHost(paths)), 60_000);
}

export function newestPid({ processFolder }: LabPaths): string {
  return join(processFolder, 'newest-engine.pid');
}

/** The programs of the newest engine, once it has been started. */
export interface NewestPrograms {
  readonly daemon: string;
  readonly client: string;
  /** Folder for the client's `--config`: with its plugins, and without any login. */
  readonly configuration: string;
  /** Environment of the daemon and of the client. */
  readonly env: Readonly<Record<string, string>>;
}

export function newestPrograms(paths: LabPaths): NewestPrograms {
  const tools = toolsFolder(paths);
  return {
    daemon: join(tools, 'usr/sbin/dockerd'),
    client: join(tools, 'usr/bin/docker'),
    configuration: join(paths.newestFolder, 'config'),
    // Only runc comes from the machine: newer ones need a newer C library.
    env: { PATH: `${join(tools, 'usr/bin')}:${join(tools, 'usr/sbin')}:${toolPath}` },
  };
}

/** Writes the settings that select the containerd image store. @returns the file, for `--config-file` */
export function writeEngineSettings(folder: string): string {
  const file = join(folder, 'daemon.json');
  writeFileSync(file, JSON.stringify({ features: { 'containerd-snapshotter': true } }));
  return file;
}

export function toolsFolder({ newestFolder }: LabPaths): string {
  return join(newestFolder, 'tools');
}

export function newestHost({ newestFolder }: LabPaths): string {
  return `unix://${join(newestFolder, 'docker.sock')}`;
}
