import { existsSync, readFileSync, rmSync } from 'node:fs';
import { docker, engineAnswers, tryDocker } from './engine-client.ts';
import { restoreNetwork } from './engine-network.ts';
import type { Change } from './journal.ts';
import { reasonOf } from './lab-error.ts';
import type { LabContext } from './part.ts';
import { enginePid, startEngine } from './parts/engine.ts';
import { isRunning, startTimeOf, stopDaemon } from './processes.ts';
import { run, succeeds } from './run.ts';

export interface RevertOptions {
  readonly purge: boolean;
}

/** Undoes what the journal holds, last change first. Each step may be repeated, so a revert cut short is just run again. */
export async function revert(context: LabContext, options: RevertOptions): Promise<readonly string[]> {
  const lines: string[] = [];
  const changes = [...context.journal.changes()].reverse();
  await stopOrphanedEngineParts(context, changes);
  for (const change of changes) {
    try {
      const line = await revertChange(change, options);
      if (line !== undefined) lines.push(line);
    } catch (error) {
      lines.push(`could not be reverted: ${JSON.stringify(change)}: ${reasonOf(error)}`);
    }
  }
  await unmountBelow(context.paths.home);
  const failed = lines.some((line) => line.startsWith('could not'));
  // With something left to revert the journal must stay: then only the bulk goes.
  const folder = failed ? [context.paths.engineFolder, context.paths.registryFolder] : [context.paths.home];
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
    case 'binfmt':
      await succeeds('update-binfmts', ['--disable', change.name]);
      return `disabled emulation (${change.name})`;
    case 'mount':
      await succeeds('umount', [change.path]);
      return `unmounted ${change.path}`;
    case 'file':
      rmSync(change.path, { force: true });
      return undefined;
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

/** A killed engine leaves its containerd and its containers running. One that starts again finds and ends them properly. */
async function stopOrphanedEngineParts(context: LabContext, changes: readonly Change[]): Promise<void> {
  const wasOurs = changes.some((change) => change.kind === 'process' && change.name === 'engine');
  if (!wasOurs || isRunning(enginePid(context.paths.processFolder)) || !isContainerdAlive()) return;
  await startEngine(context).catch(() => undefined);
  const containers = await tryDocker('unix:///var/run/docker.sock', ['ps', '--quiet']);
  const ids = (containers ?? '').split('\n').filter((id) => id !== '');
  if (ids.length > 0) await docker('unix:///var/run/docker.sock', ['kill', ...ids]).catch(() => undefined);
}

function isContainerdAlive(): boolean {
  const file = '/var/run/docker/containerd/containerd.pid';
  return existsSync(file) && startTimeOf(Number(readFileSync(file, 'utf8').trim())) !== undefined;
}

async function unmountBelow(folder: string): Promise<void> {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse()) await succeeds('umount', [point]);
}
