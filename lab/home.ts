import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The lab's folder. It is outside any clone: one lab per machine. */
export function labHome(env: NodeJS.ProcessEnv = process.env): string {
  const set = env['TWINHULL_LAB_HOME'];
  if (set) return resolve(set);
  return process.getuid?.() === 0 ? '/var/lib/twinhull-lab' : join(homedir(), '.local/state/twinhull-lab');
}

export interface LabPaths {
  readonly home: string;
  readonly labFile: string;
  readonly factsFile: string;
  readonly journalFile: string;
  readonly logFolder: string;
  readonly processFolder: string;
  readonly engineFolder: string;
  readonly registryFolder: string;
  readonly busyboxFolder: string;
  readonly gitFolder: string;
  readonly repositoriesFolder: string;
  readonly publicFolder: string;
  readonly emulatorFolder: string;
  readonly ecrFolder: string;
  /** The build folder of the emulated hosts, all of which are this machine. */
  readonly buildsFolder: string;
  /** The newest engine, its programs, and a lab.json that describes it. */
  readonly newestFolder: string;
  readonly workFolder: string;
}

export function labPaths(home: string): LabPaths {
  return {
    home,
    labFile: join(home, 'lab.json'),
    factsFile: join(home, 'facts.json'),
    journalFile: join(home, 'journal.jsonl'),
    logFolder: join(home, 'log'),
    processFolder: join(home, 'processes'),
    engineFolder: join(home, 'engine'),
    registryFolder: join(home, 'registry'),
    busyboxFolder: join(home, 'busybox'),
    gitFolder: join(home, 'git'),
    repositoriesFolder: join(home, 'git/repositories'),
    publicFolder: join(home, 'git/public'),
    emulatorFolder: join(home, 'emulator'),
    ecrFolder: join(home, 'ecr'),
    buildsFolder: join(home, 'builds'),
    newestFolder: join(home, 'newest'),
    workFolder: join(home, 'work'),
  };
}
