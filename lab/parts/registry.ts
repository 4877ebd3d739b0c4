import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabContext, Part } from '../part.ts';
import { choosePort } from '../ports.ts';
import { awaitReady, type DaemonOptions, isRunning, startDaemon, stopDaemon } from '../processes.ts';
import { registryConfig } from '../registry-config.ts';
import { registryDaemon } from '../registry-daemon.ts';

const address = '127.0.0.1';

/** Debian's docker-registry, plain HTTP on loopback: engines accept that without configuration. */
export const registryPart: Part = {
  name: 'registry',
  needs: ['packages'],

  async check(context) {
    const port = context.facts.find('registryPort');
    if (port === undefined || !isRunning(daemonOptions(context).pidFile)) return 'not running';
    return (await answers(port)) ? undefined : `nothing responds at ${address}:${port}`;
  },

  async start(context) {
    const { facts, paths, journal } = context;
    const options = daemonOptions(context);
    await stopDaemon(options.pidFile, 5_000);
    const port = await choosePort(facts.find('registryPort') ?? 5000, [address]);
    mkdirSync(paths.registryFolder, { recursive: true });
    const storage = join(paths.registryFolder, 'storage');
    writeFileSync(join(paths.registryFolder, 'config.yml'), registryConfig({ address, port, storage }));
    journal.record({ kind: 'process', name: 'registry', pidFile: options.pidFile });
    startDaemon(options);
    await awaitReady('docker-registry', options, () => answers(port));
    facts.set('registryPort', port);
  },
};

export function registryHost({ facts }: LabContext): string {
  return `${address}:${facts.get('registryPort')}`;
}

function daemonOptions({ paths }: LabContext): DaemonOptions {
  return registryDaemon('registry', paths.registryFolder, paths);
}

async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://${address}:${port}/v2/`, { signal: AbortSignal.timeout(3_000) }).catch(
    () => undefined,
  );
  return response?.status === 200;
}
