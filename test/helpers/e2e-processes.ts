import { readdir, readFile } from 'node:fs/promises';

/** Ids of the processes that were started for this state folder, including detached ones. */
export async function processesOf(stateFolder: string): Promise<readonly number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const ours = await Promise.all(ids.map((id) => belongsTo(id, stateFolder)));
  return ids.filter((_, index) => ours[index]);
}

/** Kills those that have not ended meanwhile. */
export function endProcesses(ids: readonly number[]): void {
  for (const id of ids) {
    try {
      process.kill(id, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

async function belongsTo(id: number, stateFolder: string): Promise<boolean> {
  try {
    const environment = (await readFile(`/proc/${id}/environ`, 'utf8')).split('\0');
    return environment.includes(`TWINHULL_STATE_DIR=${stateFolder}`);
  } catch {
    // It has just ended.
    return false;
  }
}
