import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { engineAnswers, tryDocker } from './engine-client.ts';
import { restoreNetwork } from './engine-network.ts';
import { removeHost } from './hosts-file.ts';
import type { Change } from './journal.ts';
import { reasonOf } from './lab-error.ts';
import { removeBridge } from './newest/bridge.ts';
import type { LabContext } from './part.ts';
import { enginePid, startEngine } from './parts/engine.ts';
import { isRunning, stopDaemon } from './processes.ts';
import { run, succeeds } from './run.ts';
import { unmountBelow } from './unmount.ts';

const engineContainerd = '/var/run/docker/containerd/containerd.sock';

export interface RevertOptions {
  readonly purge: boolean;
}

/**
 * Reverts the changes in the journal, last one first. Each step is idempotent, so an interrupted revert can be run
 * again.
 */
export async function revert(context: LabContext, options: RevertOptions): Promise<readonly string[]> {
  const lines: string[] = [];
  const changes = [...context.journal.changes()].reverse();
  const attempt = async (what: string, action: () => Promise<string | undefined>): Promise<void> => {
    const line = await action().catch((error: unknown) => `could not revert ${what}: ${reasonOf(error)}`);
    if (line !== undefined) lines.push(line);
  };
  await attempt('what a killed engine left', () => adoptOrphanedContainers(context, changes));
  for (const change of changes) await attempt(JSON.stringify(change), () => revertChange(change, options));
  await unmountBelow(context.paths.home);
  const failed = lines.some((line) => line.startsWith('could not'));
  // The journal must stay while anything is left to revert: then only the large folders are removed.
  const { engineFolder, newestFolder, registryFolder, ecrFolder, home } = context.paths;
  const folder = failed ? [engineFolder, newestFolder, registryFolder, ecrFolder] : [home];
  for (const path of folder) rmSync(path, { recursive: true, force: true });
  return [...lines, failed ? `kept ${context.paths.journalFile} for another try` : `removed ${context.paths.home}`];
}

async function revertChange(change: Change, options: RevertOptions): Promise<string | undefined> {
  switch (change.kind) {
    case 'process':
      await stopDaemon(change.pidFile, 30_000);
      return `stopped ${change.name}`;
    case 'image':
      if (!(await engineAnswers(change.host))) return undefined;
      await tryDocker(change.host, ['image', 'rm', '--force', change.reference]);
      return `removed image ${change.reference}`;
    case 'engine-network':
      await restoreNetwork(change.before);
      return 'restored the network as it was before the engine';
    case 'newest-bridge':
      await removeBridge();
      return 'removed the bridge of the newest engine';
    case 'binfmt':
      await succeeds('update-binfmts', ['--disable', change.name]);
      return `disabled emulation (${change.name})`;
    case 'mount':
      await succeeds('umount', [change.path]);
      return `unmounted ${change.path}`;
    case 'file':
      await unmountBelow(change.path);
      rmSync(change.path, { recursive: true, force: true });
      return undefined;
    case 'shared-folder':
      if (existsSync(change.path) && readdirSync(change.path).length === 0) rmdirSync(change.path);
      return undefined;
    case 'host-name':
      removeHost(change.name, change.address, change.file);
      return `removed ${change.name} from ${change.file}`;
    case 'packages':
      return revertPackages(change.names, options);
  }
}

async function revertPackages(names: readonly string[], { purge }: RevertOptions): Promise<string> {
  if (!purge) return `left installed (remove with --purge): ${names.join(' ')}`;
  const args = ['-o', 'DPkg::Lock::Timeout=300', 'purge', '--yes', ...names];
  await run('apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  return `purged ${names.join(' ')}`;
}

/** A killed engine leaves its containers running. A restarted one finds them and ends them properly. */
async function adoptOrphanedContainers(context: LabContext, changes: readonly Change[]): Promise<undefined> {
  const wasOurs = changes.some((change) => change.kind === 'process' && change.name === 'engine');
  if (!wasOurs || isRunning(enginePid(context.paths.processFolder)) || !hasOrphanedContainers()) return undefined;
  await startEngine(context);
  return undefined;
}

/** Each container has a shim, whose arguments name the containerd of its engine. */
function hasOrphanedContainers(): boolean {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.some((pid) => {
    const words = readCommandLine(pid);
    return words[0]?.includes('containerd-shim') === true && words.includes(engineContainerd);
  });
}

function readCommandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
