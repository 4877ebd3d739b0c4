import { posix } from 'node:path';

/** `Dockerfile` -> the repository's name, `Dockerfile.worker` and `worker/Dockerfile` -> `worker`. */
export function imageNameFor(path: string, repository: string): string {
  const file = posix.basename(path);
  const own = file.replace(/^(?:dockerfile|containerfile)(?:[.-]|$)/i, '').replace(/\.(?:docker|container)file$/i, '');
  const folder = posix.dirname(path) === '.' ? '' : posix.basename(posix.dirname(path));
  return asName(own || folder, repository);
}

/** The text as the name of an image or recipe; `fallback` if it has no letter. */
export function asName(text: string, fallback: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 36)
    .replace(/-+$/, '');
  return /[a-z]/.test(name) ? name : fallback;
}

/** The name, or with a number if it is among `used`. Adds it to them. */
export function unused(name: string, used: Set<string>): string {
  let candidate = name;
  for (let count = 2; used.has(candidate); count++) candidate = `${name}-${count}`;
  used.add(candidate);
  return candidate;
}
