import { loadSettings } from '../../settings/settings.ts';
import { warningsTo } from '../render/warnings.ts';
import type { Terminal } from '../terminal.ts';
import type { Builds } from './builds.ts';

/**
 * Runs a command on the builds of the service that `--server` or the settings name, else on those of the store; and
 * lets go of them whatever happens.
 */
export async function withBuilds<T>(
  { cwd, stderr, server }: Terminal,
  work: (builds: Builds) => Promise<T>,
): Promise<T> {
  const loaded = loadSettings();
  const url = server ?? loaded.client.server;
  const settings = { ...loaded, client: { ...loaded.client, server: url } };
  const parts = { settings, cwd, reporter: warningsTo(stderr) };
  const builds =
    url === undefined
      ? (await import('./local-builds.ts')).localBuilds(parts)
      : (await import('./remote-builds.ts')).remoteBuilds({ ...parts, url });
  try {
    return await work(builds);
  } finally {
    await builds.close();
  }
}
