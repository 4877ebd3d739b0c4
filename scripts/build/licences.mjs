import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The licence texts of the packages that the given modules come from, as the licences of most of them demand. */
export function licences(root, modules) {
  const folders = new Set(modules.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const texts = [...folders].toSorted().map((folder) => licenceOf(path.join(root, folder)));
  return `Twinhull contains parts of these packages.\n\n${texts.join('\n')}`;
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e(?:[.-]|$)/i.test(each));
  if (file === undefined) throw new Error(`${name} ${version} (${license}) has no licence file: do not bundle it`);
  const title = `${name} ${version} (${license})`;
  return `${title}\n${'='.repeat(title.length)}\n${readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
}
