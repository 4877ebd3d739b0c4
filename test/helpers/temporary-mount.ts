import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { startTimeOf } from '../../lab/processes.ts';
import { unmountBelow } from '../../lab/unmount.ts';

export interface TemporaryMount {
  readonly folder: string;
  readonly dispose: () => Promise<void>;
}

const prefix = 'twinhull-mount-';

/** A real file system in memory, no larger than `size` (such as `64k`). Mounting requires root. */
export async function mountTemporary(size: string): Promise<TemporaryMount> {
  await clearLeftovers();
  const parent = await mkdtemp(join(tmpdir(), `${prefix}${String(process.pid)}-`));
  const folder = join(parent, 'disk');
  await mkdir(folder);
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]);
  return { folder, dispose: () => clear(parent) };
}

/** Unmounts what killed tests could not. */
async function clearLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : undefined;
    if (pid !== undefined && startTimeOf(pid) === undefined) await clear(join(tmpdir(), name));
  }
}

async function clear(parent: string): Promise<void> {
  await unmountBelow(parent);
  await rm(parent, { recursive: true, force: true });
}
