import type { ShownBuild } from '../../build-json/shown-build.ts';
import type { TagMove } from '../../domain/build.ts';
import { platformSuffix } from '../../domain/platform.ts';
import type { Display } from './display.ts';
import { megabytes } from './quantities.ts';
import { renderTable } from './table.ts';
import { textWidth } from './text-width.ts';
import { shortDigest } from './words.ts';

/** What consumers pull: a table if it fits, otherwise two lines per tag. A tag is never cut, because users copy it. */
export function publishedTags(build: ShownBuild, display: Display): string {
  const { colours, columns } = display;
  const rows = build.tags.map((move) => ({
    tag: move.state === 'put' ? move.tag : `${move.tag} (${move.state})`,
    digest: move.newDigest,
    platforms: move.platforms.map(platformSuffix).join(' '),
    size: sizesOf(build, move),
  }));
  const table = renderTable(
    [{ title: 'TAG' }, { title: 'DIGEST' }, { title: 'PLATFORMS' }, { title: 'SIZE', align: 'right' }],
    rows.map(({ tag, digest, platforms, size }) => [
      { text: tag, style: colours.bold },
      shortDigest(digest),
      platforms,
      size,
    ]),
    Number.MAX_SAFE_INTEGER,
  );
  if (table.split('\n').every((line) => textWidth(line) <= columns)) return table;
  return rows
    .map(({ tag, digest, platforms, size }) => `${colours.bold(tag)}  ${platforms}  ${size}\n    ${digest}\n`)
    .join('');
}

/** One size per platform, in the order of the platforms. */
function sizesOf(build: ShownBuild, { image, platforms }: TagMove): string {
  const sizes = platforms.map(
    (platform) => build.images.find((built) => built.image === image && built.platform === platform)?.size,
  );
  return sizes.map((size) => (size === undefined ? '?' : megabytes(size).slice(0, -' MB'.length))).join(' + ') + ' MB';
}
