import { readFileSync, realpathSync } from 'node:fs';
import { succeeds } from './run.ts';

/** Unmounts every file system below a folder, but not at it: at once, or lazily while it is in use. */
export async function unmountBelow(path: string): Promise<void> {
  const folder = realPath(path);
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse())
    if (!(await succeeds('umount', [point]))) await succeeds('umount', ['--lazy', point]);
}

/** The kernel's list of mounts has resolved paths, and /var/run is a symbolic link. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
