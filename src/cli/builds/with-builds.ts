import { loadSettings } from '../../settings/settings.ts';
import { withLocalToken } from '../local-token.ts';
import { warningsTo } from '../render/notice.ts';
import type { Terminal } from '../terminal.ts';
import type { Builds } from './builds.ts';

/**
 * Runs a command on the builds of the service that `--server` or the settings name, otherwise on those of the store,
 * and always closes them.
 */
export async function withBuilds<T>(
  { cwd, stderr, server }: Terminal,
  work: (builds: Builds) => Promise<T>,
): Promise<T> {
  const loaded = loadSettings();
  const named = { ...loaded, client: { ...loaded.client, server: server ?? loaded.client.server } };
  const settings = { ...named, client: await withLocalToken(named) };
  const { server: url } = settings.client;
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
