import { readFileSync, realpathSync } from 'node:fs';
import { succeeds } from './run.ts';

/** Takes away every file system that is mounted below a folder, not at it: at once, or once nobody uses it any more. */
export async function unmountBelow(path: string): Promise<void> {
  const folder = realPath(path);
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse())
    if (!(await succeeds('umount', [point]))) await succeeds('umount', ['--lazy', point]);
}

/** The kernel's list of mounts knows no symbolic links, and /var/run is one. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
