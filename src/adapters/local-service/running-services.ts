import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { isLoopback } from '../../domain/loopback.ts';
import { ensurePrivateFolder } from '../private-files/private-files.ts';

const runningService = z.object({ url: z.url(), pid: z.int().positive() });

type RunningService = z.output<typeof runningService>;

/**
 * Records the address at which this process serves, so that the local token is sent to no other program that listens on
 * loopback.
 *
 * @returns removes the record
 */
export async function recordService(stateFolder: string, url: string): Promise<() => Promise<void>> {
  const folder = folderIn(stateFolder);
  ensurePrivateFolder(stateFolder);
  ensurePrivateFolder(folder);
  await removeEnded(folder);
  const file = path.join(folder, `${process.pid}.json`);
  await rm(file, { force: true });
  const record: RunningService = { url, pid: process.pid };
  await writeFile(file, JSON.stringify(record), { flag: 'wx', mode: 0o600 });
  return () => rm(file, { force: true });
}

/** The addresses of this user's running services on this machine. */
export async function runningServices(stateFolder: string): Promise<readonly string[]> {
  return (await readServices(folderIn(stateFolder))).filter(isAlive).map(({ url }) => url);
}

/**
 * This user's running service at `url`.
 * @returns its own address: `localhost` may also resolve to another one, where another program listens
 */
export async function findService(stateFolder: string, url: string): Promise<string | undefined> {
  if (!URL.canParse(url) || !isLoopback(new URL(url).hostname)) return undefined;
  const running = await readServices(folderIn(stateFolder));
  return running.find((service) => isAlive(service) && isMeant(new URL(service.url), new URL(url)))?.url;
}

function isMeant(own: URL, named: URL): boolean {
  const isHost = own.hostname === named.hostname || /(?:^|\.)localhost$/.test(named.hostname);
  return isHost && own.port === named.port && named.protocol === 'http:' && named.pathname === '/';
}

function folderIn(stateFolder: string): string {
  return path.join(stateFolder, 'services');
}

async function readServices(folder: string): Promise<readonly RunningService[]> {
  const names = await readdir(folder).catch(() => []);
  const read = await Promise.all(
    names.filter((name) => /^\d+\.json$/.test(name)).map((name) => readRecord(path.join(folder, name))),
  );
  return read.filter((record) => record !== undefined);
}

async function readRecord(file: string): Promise<RunningService | undefined> {
  try {
    return runningService.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Written by a later release, or removed in the meantime.
    return undefined;
  }
}

async function removeEnded(folder: string): Promise<void> {
  const ended = (await readServices(folder)).filter((service) => !isAlive(service));
  await Promise.all(ended.map(({ pid }) => rm(path.join(folder, `${pid}.json`), { force: true })));
}

/** Whether a process of this user has that id: another user's process rejects the signal. */
function isAlive({ pid }: RunningService): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
