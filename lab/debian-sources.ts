import { tryRun } from './run.ts';

export const debianRelease = 'bookworm';

/**
 * The host's apt sources for Debian's main component, as lines of a sources.list, so that images use the same mirror;
 * undefined if there are none, as on Ubuntu.
 */
export async function debianSources(): Promise<string | undefined> {
  const format = '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(RELEASE)';
  const listed = await tryRun('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const sources = (listed ?? '')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(
      ([origin, component, , suite]) => origin === 'Debian' && component === 'main' && suite?.startsWith(debianRelease),
    )
    .map(([, , address, suite]) => `deb ${address?.replace(/\/$/, '')} ${suite} main`);
  const complete = sources.some((source) => source.endsWith(` ${debianRelease} main`));
  return complete ? `${[...new Set(sources)].join('\n')}\n` : undefined;
}

const carriedSettings = [
  'Acquire::http::Proxy',
  'Acquire::https::Proxy',
  'Acquire::Check-Valid-Until',
  'Acquire::Check-Date',
];

/** Settings that apt in a container needs to reach and trust the host's mirror. */
export async function aptSettings(): Promise<string> {
  const dump = await tryRun('apt-config', ['dump', ...carriedSettings]);
  const lines = (dump ?? '').split('\n').filter((line) => / ".+";$/.test(line));
  return lines.map((line) => `${line}\n`).join('');
}
