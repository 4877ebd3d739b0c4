import { architectureOf } from '../platforms.ts';
import { succeeds } from '../run.ts';
import type { DebianImage } from './bootstrap-debian.ts';

const hub = 'registry-1.docker.io';
const image = 'docker://docker.io/library/debian:bookworm-slim';

/** Copies Debian's own image from the hub. False if the hub does not respond at once, or refuses. */
export async function pullDebian({ host, repository, tag, platform }: DebianImage): Promise<boolean> {
  if (!(await hubAnswers())) return false;
  const platformOptions = ['--override-os', 'linux', '--override-arch', architectureOf(platform)];
  const target = `docker://${host}/${repository}:${tag}`;
  return succeeds(
    'skopeo',
    [...platformOptions, 'copy', '--dest-tls-verify=false', '--format', 'v2s2', image, target],
    {
      timeoutMilliseconds: 60_000,
    },
  );
}

async function hubAnswers(): Promise<boolean> {
  const response = await fetch(`https://${hub}/v2/`, { signal: AbortSignal.timeout(2_500) }).catch(() => undefined);
  return response?.status === 401 || response?.status === 200;
}
