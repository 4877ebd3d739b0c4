import { join } from 'node:path';
import type { LabPaths } from './home.ts';
import type { DaemonOptions } from './processes.ts';

/** docker-registry as a daemon of the lab, configured by the `config.yml` in its folder. */
export function registryDaemon(name: string, folder: string, paths: LabPaths): DaemonOptions {
  return {
    command: 'docker-registry',
    args: ['serve', join(folder, 'config.yml')],
    pidFile: join(paths.processFolder, `${name}.pid`),
    logFile: join(paths.logFolder, `${name}.log`),
  };
}
