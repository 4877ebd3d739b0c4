import type { ShownBuild } from '../../build-json/shown-build.ts';
import type { TagMove } from '../../domain/build.ts';
import { type Display, makeDisplay } from './display.ts';
import { megabytes } from './quantities.ts';
import { padEnd, padStart } from './text-width.ts';
import { buildTitle } from './words.ts';

/** Every tag of a build in full, for copying, with its digest and the image of each platform. */
export function renderImages(build: ShownBuild, display: Display = makeDisplay()): string {
  if (build.tags.length === 0)
    return `${buildTitle(build)} has published nothing (build ${build.id} is ${build.state})\n`;
  const blocks = build.tags.map((move) => tagBlock(build, move, display));
  return blocks.map((lines) => lines.map((line) => `${line}\n`).join('')).join('\n');
}

function tagBlock(
  build: ShownBuild,
  { tag, image, kind, platforms, newDigest, state }: TagMove,
  { colours }: Display,
): string[] {
  const remark = state === 'put' ? '' : ` (${state})`;
  const images = build.images.filter((built) => built.image === image && platforms.includes(built.platform));
  const sizes = images.map(({ size }) => megabytes(size));
  const sizeWidth = Math.max(0, ...sizes.map((size) => size.length));
  const children = images.map(({ platform, digest }, index) => {
    const size = padStart(sizes[index] ?? '', sizeWidth);
    return kind === 'index' ? `  ${platform}  ${size}  ${digest}` : `  ${platform}  ${size}`;
  });
  return [
    colours.bold(`${build.destination}:${tag}`) + remark,
    `  ${padEnd(kind, 11)}  ${' '.repeat(sizeWidth)}  ${newDigest}`,
    ...children,
  ];
}
