import { randomBytes } from 'node:crypto';
import { access, constants, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reasonOf } from '../../domain/errors/twinhull-error.ts';
import { checkDisk } from './builder-checks.ts';
import { type CheckResult, problem } from './check.ts';

const mebibyte = 2 ** 20;

/** Whether builds can be stored: the folder, or its nearest existing parent, is writable and has free space. */
export async function checkStateFolder(name: string, folder: string): Promise<CheckResult> {
  const existing = await nearestExisting(folder);
  try {
    if (!(await stat(existing)).isDirectory()) return notWritable(name, folder, `${existing} is not a folder`);
    await (existing === folder ? tryToWrite(folder) : access(existing, constants.W_OK));
    const { bavail, bsize } = await statfs(existing);
    const limits = { what: 'its disk', enough: 1024 * mebibyte, least: 100 * mebibyte };
    const disk = checkDisk(name, bavail * bsize, {
      ...limits,
      advice: `free some space there (df -h ${existing}), or set TWINHULL_STATE_DIR to a folder on another disk`,
    });
    return { ...disk, detail: `${folder} can be written, ${disk.detail}` };
  } catch (error) {
    return notWritable(name, folder, reasonOf(error));
  }
}

async function nearestExisting(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : nearestExisting(above);
  }
}

/** Permissions do not show that a file system is read-only, full, or over a quota. */
async function tryToWrite(folder: string): Promise<void> {
  const file = join(folder, `doctor-${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(file, Buffer.alloc(4096), { flag: 'wx', mode: 0o600 });
  } finally {
    await rm(file, { force: true });
  }
}

function notWritable(name: string, folder: string, reason: string): CheckResult {
  const advice = `make ${folder} writable for this user, or set TWINHULL_STATE_DIR to a writable folder`;
  return { ...problem(name, `${folder} cannot be written: ${reason}`, advice), code: 'StoreUnavailable' };
}
