import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { belongsToUs } from '../../adapters/private-files/private-files.ts';
import { type CheckResult, ok, warning } from './check.ts';

/**
 * Whether other users can read files that hold secrets. Group access counts as intended when another user owns the
 * file, as with a secret that is mounted into a container.
 *
 * @param files by the setting that names each; of a folder, all files in it
 */
export async function checkSecretFiles(
  name: string,
  files: ReadonlyMap<string, string>,
): Promise<CheckResult | readonly CheckResult[]> {
  const found = await Promise.all([...files].map(async ([setting, file]) => openFiles(setting, file)));
  const open = found.flat();
  if (open.length === 0) return ok(name, 'no other user can read a file that holds a secret');
  return open.map(({ setting, file }) =>
    warning(name, `${setting}: other users can read ${file}`, `chmod go= '${file}', and replace the secret in it`),
  );
}

async function openFiles(setting: string, file: string) {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return [];
  const paths = found.isDirectory() ? (await readdir(file)).map((entry) => join(file, entry)) : [file];
  const judged = await Promise.all(
    paths.map(async (path) => ({ path, stats: await stat(path).catch(() => undefined) })),
  );
  return judged.flatMap(({ path, stats }) => (stats?.isFile() && isReadable(stats) ? [{ setting, file: path }] : []));
}

function isReadable(stats: Stats): boolean {
  return (stats.mode & 0o004) !== 0 || ((stats.mode & 0o040) !== 0 && belongsToUs(stats));
}
